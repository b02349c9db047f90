"""The documents name only what exists."""

import re
from typing import Any

from tests.conftest import ROOT

SECURITY = (ROOT / "SECURITY.md").read_text()
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()


def rows(document: str, heading: str) -> set[str]:
    """The first column of the table under a heading."""
    section = document.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| (?!---)([^|]+?) \|", section, re.MULTILINE)[1:])


def named(resources: dict[str, Any], kind: str) -> dict[str, Any]:
    return {name: one["Properties"] for name, one in resources.items() if one["Type"] == kind}


def test_the_tests_that_show_a_protection_exist() -> None:
    named_tests = re.findall(r"`(tests/[^`:]+)(?:::(\w+))?`", SECURITY)
    assert len(named_tests) > 20
    assert sum(bool(test) for _, test in named_tests) > 3
    for file, test in named_tests:
        assert (ROOT / file).is_file(), file
        assert not test or f"\ndef {test}(" in (ROOT / file).read_text(), test


def test_every_alarm_is_described(operations: dict[str, Any], resources: dict[str, Any]) -> None:
    assert rows(OPERATIONS, "Alarms") == named(operations | resources, "AWS::CloudWatch::Alarm").keys()


def test_every_saved_query_is_described(operations: dict[str, Any]) -> None:
    queries = named(operations, "AWS::Logs::QueryDefinition").values()
    names = {query["Name"]["Fn::Sub"].removeprefix("${StackName}/") for query in queries}
    assert rows(OPERATIONS, "Saved queries") == names


def test_every_reason_for_a_refusal_has_its_advice() -> None:
    source = (ROOT / "functions" / "authorizer" / "verify.py").read_text()
    reasons = set(re.findall(r'RefusedError\("([^"]+)"', source))
    advice = OPERATIONS.partition("### 401s rise")[2].partition("\n### ")[0]
    assert reasons
    assert {reason for reason in reasons if f"`{reason}`" not in advice} == set()


def test_the_index_names_every_page() -> None:
    pages = {page.name for page in (ROOT / "docs").glob("*.*")} - {"README.md"}
    index = (ROOT / "docs" / "README.md").read_text()
    assert set(re.findall(r"^- \[[^]]+\]\(([^/)]+)\)", index, re.MULTILINE)) == pages


def test_the_first_page_stays_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150


def test_every_source_of_the_comparison_is_given_and_used() -> None:
    text = (ROOT / "docs" / "comparison.md").read_text()
    given = re.findall(r"^\[([a-z]-[a-z]+)\]: https://\S+$", text, re.MULTILINE)
    assert len(given) == len(set(given)) > 40
    assert set(given) == set(re.findall(r"\]\[([a-z]-[a-z]+)\]", text))
