"""A list as CSV, for a caller who asks for `text/csv`.

Owns the form of the table: RFC 4180 in UTF-8, every cell in quotes, and no cell that a spreadsheet would run.
https://www.rfc-editor.org/rfc/rfc4180 https://owasp.org/www-community/attacks/CSV_Injection
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, cast
from urllib.parse import urlencode

from apikeys.errors import ConflictError

_CSV, _JSON = "text/csv", "application/json"
_QUALITY = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")

# What makes a spreadsheet take a cell for a formula: these signs, their East Asian forms, and a control
# character, which some cut off before they look.
_FORMULA = re.compile(r"[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]")


class Table(NamedTuple):
    """Which part of an answer is a list that can be a table.

    `columns` are the fields of its rows that are shown, `file` is the table's name, and `unknown` says what
    to do where the answer has null in place of the list.
    """

    rows: str
    columns: tuple[str, ...]
    file: str
    unknown: str

    def is_wanted(self, event: Mapping[str, Any]) -> bool:
        """Whether a call through API Gateway prefers CSV to JSON."""
        accepted = _accepted(event)
        return accepted.get(_CSV, 0) > accepted.get(_JSON, 0)

    def text(self, record: Mapping[str, object]) -> str:
        """The list as CSV, with a line of the columns' names at its head.

        Raises ConflictError where there is no list: an empty table would say that nothing is in it.
        """
        rows = cast("Iterable[Mapping[str, object]] | None", record[self.rows])
        if rows is None:
            raise ConflictError(f"The contents of this list are unknown. {self.unknown}")
        text = io.StringIO(newline="")
        writer = csv.writer(text, quoting=csv.QUOTE_ALL)  # so no other separator divides a cell
        writer.writerow(self.columns)
        writer.writerows([_cell(row[column]) for column in self.columns] for row in rows)
        return text.getvalue()

    def headers(self, event: Mapping[str, Any], record: Mapping[str, object]) -> dict[str, str]:
        """The headers of the CSV. `Link` leads to the next page, as `next_cursor` does in JSON (RFC 8288)."""
        headers = {
            "Content-Type": f"{_CSV}; charset=utf-8; header=present",
            "Content-Disposition": f'attachment; filename="{self.file}"',
        }
        if cursor := record["next_cursor"]:
            query = event.get("multiValueQueryStringParameters") or {}
            following = urlencode({**query, "cursor": [cursor]}, doseq=True)
            headers["Link"] = f'<?{following}>; rel="next"'
        return headers


def _accepted(event: Mapping[str, Any]) -> dict[str, float]:
    """Media type → how much the caller wants it, from 0 to 1. A malformed quality counts as 0."""
    sent: Mapping[str, list[str]] = event.get("multiValueHeaders") or {}
    texts = [text for name, values in sent.items() if name.lower() == "accept" for text in values]
    accepted: dict[str, float] = {}
    for entry in ",".join(texts).lower().split(","):
        kind, *parameters = (part.strip() for part in entry.split(";"))
        given = [parameter for parameter in parameters if parameter.startswith("q=")]
        quality = _QUALITY.fullmatch(given[0]) if given else None
        accepted[kind] = float(quality[1]) if quality else 0.0 if given else 1.0
    return accepted


def _cell(value: object) -> str:
    """A value as one cell: a list with spaces, a map as JSON, nothing for null."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        text = " ".join(value)
    elif isinstance(value, Mapping):
        text = json.dumps(value, ensure_ascii=False) if value else ""
    else:
        text = str(value)
    return f"'{text}" if _FORMULA.match(text) else text
