"""A list as CSV: who gets it, what its cells contain, and how a spreadsheet reads them."""

import csv
import io
from types import SimpleNamespace
from typing import Any

import pytest

from operation import Caller, Input, Record, Table, operation

CONTEXT: Any = SimpleNamespace(
    function_name="Rows", aws_request_id="request-1", get_remaining_time_in_millis=lambda: 10_000
)
TABLE = Table(rows="rows", columns=("id", "what"), file="rows.csv", unknown="Ask for JSON.")


class Rows(Input):
    limit: str = "0"
    what: str = ""
    cursor: str | None = None


def event(*accept: str, query: dict[str, list[str]] | None = None, name: str = "Accept") -> dict[str, Any]:
    authorizer = {"organization_id": "org_example", "key_id": "key_ExampleKey01", "scopes": "keys"}
    return {
        "httpMethod": "GET",
        "requestContext": {"authorizer": authorizer},
        "multiValueHeaders": {name: list(accept)} if accept else None,
        "pathParameters": None,
        "multiValueQueryStringParameters": query,
        "body": None,
        "isBase64Encoded": False,
    }


def answered(sent: dict[str, Any], rows: object = (), next_cursor: str | None = None) -> dict[str, Any]:
    @operation(Rows, table=TABLE)
    def list_rows(_caller: Caller, _wanted: Rows) -> Record:
        return {"rows": rows, "next_cursor": next_cursor}

    return list_rows(sent, CONTEXT)


def cells(*values: object) -> list[str]:
    """What a reader of CSV finds for the values, each in its own row."""
    text = TABLE.text({"rows": [{"id": "key_1", "what": value} for value in values]})
    head, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert head == ["id", "what"]
    assert all(row[0] == "key_1" for row in rows)
    return [row[1] for row in rows]


@pytest.mark.parametrize(
    ("accept", "is_csv"),
    [
        ((), False),
        (("",), False),
        (("*/*",), False),
        (("text/*",), False),
        (("application/json",), False),
        (("text/csv",), True),
        (("TEXT/CSV; charset=utf-8",), True),
        (("text/csv, */*;q=0.8",), True),
        (("*/*", "text/csv"), True),
        (("application/json, text/csv",), False),
        (("application/json;q=0.5, text/csv",), True),
        (("application/json, text/csv;q=0.9",), False),
        (("text/csv;q=0",), False),
        (("text/csv;q=0.001",), True),
        (("text/csv;q=2",), False),
        (("text/csv;q=nan",), False),
        (("text/csv;q=",), False),
        (("text/csv-schema",), False),
        ((";;,,;q=1,text",), False),
    ],
)
def test_a_client_that_prefers_csv_gets_it_and_all_others_get_json(
    accept: tuple[str, ...], is_csv: bool
) -> None:
    headers = answered(event(*accept))["headers"]
    kind = "text/csv; charset=utf-8; header=present" if is_csv else "application/json"
    assert headers["Content-Type"] == kind
    assert headers["Cache-Control"] == "no-store"
    assert ("Content-Disposition" in headers) == is_csv


def test_a_headers_name_may_be_in_lower_case() -> None:
    assert answered(event("text/csv", name="accept"))["body"].startswith('"id"')


def test_a_direct_invocation_gets_the_record() -> None:
    assert answered({"organization_id": "org_example"}) == {"rows": (), "next_cursor": None}


def test_lines_end_as_rfc_4180_says_and_an_empty_list_has_its_head() -> None:
    assert TABLE.text({"rows": []}) == '"id","what"\r\n'
    assert TABLE.text({"rows": [{"id": "a", "what": 'say "x",\ny', "more": "left out"}]}) == (
        '"id","what"\r\n"a","say ""x"",\ny"\r\n'
    )


def test_each_kind_of_value_is_one_cell() -> None:
    assert cells(None, "名前", ["a", "b"], [], {"team": "größe"}, {}, True, "a;b\tc") == [
        "",
        "名前",
        "a b",
        "",
        '{"team": "größe"}',
        "",
        "true",
        "a;b\tc",
    ]


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])  # noqa: RUF001
def test_no_cell_is_a_formula(first: str) -> None:
    text = f"{first}HYPERLINK(1)"
    assert cells(text, [text]) == [f"'{text}"] * 2


def test_a_sign_inside_a_cell_does_not_change() -> None:
    assert cells("a=b", " =b", "1-2", "'=b") == ["a=b", " =b", "1-2", "'=b"]


def test_a_link_leads_to_the_next_page_of_the_same_list() -> None:
    query = {"what": ["a&b=c é"], "cursor": ["old"], "limit": ["2"]}
    answer = answered(event("text/csv", query=query), next_cursor="new==")
    assert answer["headers"]["Link"] == '<?what=a%26b%3Dc+%C3%A9&cursor=new%3D%3D&limit=2>; rel="next"'
    assert "Link" not in answered(event("text/csv", query=query))["headers"]


def test_an_unknown_list_is_not_an_empty_table() -> None:
    answer = answered(event("text/csv"), rows=None)
    assert answer["statusCode"] == 409
    assert answer["headers"]["Content-Type"] == "application/json"
    assert answer["body"] == '{"error": "The contents of this list are unknown. Ask for JSON."}'
    assert answered(event(), rows=None)["statusCode"] == 200
