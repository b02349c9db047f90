"""A real DynamoDB API, with the tables that template.yaml declares."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from apikeys.store import KeyStore
from local.services.dynamodb import client, create_tables, embedded_dynamodb
from local.template.template import Template
from tests.dynamodb_local import dynamodb_local

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ROOT = Path(__file__).parents[1]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--dynamodb-local", action="store_true", help="keep keys in AWS's own DynamoDB engine")


def pytest_configure(config: pytest.Config) -> None:
    """With --dynamodb-local, each process that runs tests has an engine of its own."""
    if config.getoption("dynamodb_local") and not config.getoption("numprocesses"):
        engine = ExitStack()
        try:
            os.environ["DYNAMODB_ENDPOINT"] = engine.enter_context(dynamodb_local())
        except RuntimeError as error:
            raise pytest.UsageError(str(error)) from None
        config.add_cleanup(engine.close)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures of docs/proof.md, and what was tried again."""
    _print_figures(terminalreporter)
    _print_first_tries(terminalreporter)


def _print_figures(terminal: pytest.TerminalReporter) -> None:
    """What tests recorded with `record_property`."""
    reports = [one for outcome in ("passed", "failed") for one in terminal.stats.get(outcome, ())]
    if recorded := [report for report in reports if report.user_properties]:
        terminal.section("figures")
    for report in recorded:
        figures = [
            f"{name} {value:,}" if isinstance(value, int) else f"{name} {value}"
            for name, value in report.user_properties
        ]
        terminal.line(f"{report.nodeid.rpartition('::')[2]}: {', '.join(figures)}")


def _print_first_tries(terminal: pytest.TerminalReporter) -> None:
    """What a test saw that failed and then passed: otherwise it would be lost."""
    first = terminal.getreports("rerun")
    tried = {report.nodeid for report in first}
    # What was logged while the test was taken down stands in a report of its own.
    ends = [one for one in terminal.getreports("") if one.nodeid in tried and one.when == "teardown"]
    for report in (*first, *ends):
        terminal.section(f"tried again: {report.nodeid} ({report.when})")
        terminal.write_line(report.longreprtext)
        for title, text in report.sections:
            terminal.write_line(f"{title}\n{text}")


@pytest.fixture(scope="session")
def template() -> Template:
    return Template.load(ROOT / "template.yaml", {})


@pytest.fixture(scope="session")
def dynamodb_endpoint() -> Iterator[str]:
    """The store that DYNAMODB_ENDPOINT names, or an embedded one."""
    if "DYNAMODB_ENDPOINT" in os.environ:
        yield os.environ["DYNAMODB_ENDPOINT"]
    else:
        with embedded_dynamodb() as endpoint:
            yield endpoint


@pytest.fixture(scope="session")
def dynamodb(template: Template, dynamodb_endpoint: str) -> Iterator["DynamoDBClient"]:
    dynamodb = client(dynamodb_endpoint, template.region)
    create_tables(dynamodb, template)
    yield dynamodb
    dynamodb.close()


@pytest.fixture
def store(template: Template, dynamodb: "DynamoDBClient") -> KeyStore:
    environment = template.functions["ListKeysFunction"].environment
    return KeyStore(dynamodb, environment["KEY_TABLE"], environment["KEY_INDEX"])
