"""What every part of the suite shares: ids that are words, one line for a part whose program is missing,
the figures that tests record, and a real DynamoDB API with the tables that template.yaml declares.
"""

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from apikeys.keys.store import KeyStore
from local.services.dynamodb.embedded import embedded_dynamodb
from local.services.dynamodb.tables import client, create_tables
from local.template.template import Template
from tests.dynamodb_local import dynamodb_local
from tests.parts import left_out

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ROOT = Path(__file__).parents[1]

# What is slow on a busy machine is not wrong: Hypothesis would fail a case that takes 0.2 s.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# The folders that cannot run on this machine, each with what it lacks.
_LACKS = pytest.StashKey[dict[Path, str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--dynamodb-local", action="store_true", help="keep keys in AWS's own DynamoDB engine")


def pytest_configure(config: pytest.Config) -> None:
    """See what this machine lacks. With --dynamodb-local, each process that runs tests has its own engine."""
    asked = [Path(config.invocation_params.dir, one.partition("::")[0]) for one in config.args]
    config.stash[_LACKS] = lacks = left_out(asked, dynamodb_local=config.getoption("dynamodb_local"))
    if lacks and "CI" in os.environ:
        raise pytest.UsageError("; ".join(dict.fromkeys(lacks.values())))
    if config.getoption("dynamodb_local") and not lacks and not config.getoption("numprocesses"):
        engine = ExitStack()
        try:
            os.environ["DYNAMODB_ENDPOINT"] = engine.enter_context(dynamodb_local())
        except RuntimeError as error:
            raise pytest.UsageError(str(error)) from None
        config.add_cleanup(engine.close)


class Scheduling(LoadFileScheduling):  # type: ignore[misc] # untyped
    """Give whole files to pytest-xdist's workers, and the end-to-end suite to one.

    Its files share a gateway. In each further worker, the gateway and all functions would start once more.
    """

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return "tests/e2e" if file.startswith("tests/e2e/") else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling:
    return Scheduling(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what this machine cannot run."""
    lacks = config.stash[_LACKS]
    items[:] = [one for one in items if not any(one.path.is_relative_to(part) for part in lacks)]


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """An id that a person can type: pytest's own, the words of an odd text, or the name of what is bytes."""
    if isinstance(val, bytes):
        return argname
    if not isinstance(val, str) or re.fullmatch(r"[ -[\]-~]{1,60}", val):
        return None
    return " ".join(re.findall(r"\w+", val, re.ASCII))[:40] or argname


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    yield
    if session.config.stash[_LACKS] and session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
        session.exitstatus = pytest.ExitCode.OK


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what is left out, and the figures of docs/proof.md, which tests record with `record_property`."""
    for lack in dict.fromkeys(terminalreporter.config.stash[_LACKS].values()):
        terminalreporter.line(f"Left out: {lack}", yellow=True)
    reports = [one for outcome in ("passed", "failed") for one in terminalreporter.stats.get(outcome, ())]
    if recorded := [report for report in reports if report.user_properties]:
        terminalreporter.section("figures")
    for report in recorded:
        figures = [
            f"{name} {value:,}" if isinstance(value, int) else f"{name} {value}"
            for name, value in report.user_properties
        ]
        terminalreporter.line(f"{report.nodeid.rpartition('::')[2]}: {', '.join(figures)}")


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
