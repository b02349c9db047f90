"""The log is one line of JSON for each entry, and contains nothing that a client sent."""

import json
import subprocess
import sys
from pathlib import Path

RUNTIME = Path(__file__).parents[3] / "functions/runtime"


def logged(code: str) -> dict[str, object]:
    """The one line that a process logs which configures its log and then runs `code`."""
    start = "import json, logging\nfrom backend import log\nlog.configure()\n"
    run = subprocess.run(  # noqa: S603 - the test's own code
        [sys.executable, "-c", start + code], cwd=RUNTIME, capture_output=True, text=True, check=True
    )
    assert (run.stdout.count("\n"), run.stderr) == (1, "")
    entry: dict[str, object] = json.loads(run.stdout)
    return entry


def test_an_entry_is_one_line_with_its_fields() -> None:
    entry = logged(
        "logging.getLogger('backend.x').info('run %s', 'done', extra={'fields': {'tool': 'a\\nb'}})"
    )
    assert entry.pop("timestamp")
    assert entry == {"level": "INFO", "logger": "backend.x", "message": "run done", "tool": "a\nb"}


def test_an_exception_is_logged_by_its_place_and_not_by_its_text() -> None:
    entry = logged(
        """
try:
    json.loads('"unfinished sk_live_copia_secret')
except ValueError:
    logging.getLogger("mcp").exception("broken")
"""
    )
    assert entry["exception"] == "JSONDecodeError"
    assert "decoder.py" in str(entry["trace"])
    assert "sk_live" not in str(entry)


def test_an_error_of_an_aws_service_is_logged_with_its_code_and_what_it_became() -> None:
    entry = logged(
        """
from botocore.exceptions import ClientError
refusal = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "a private text"}}, "GetItem")
try:
    raise RuntimeError("unavailable") from refusal
except RuntimeError:
    logging.getLogger("backend").exception("answered with %d", 503)
"""
    )
    assert entry["exception"] == "RuntimeError from ClientError AccessDeniedException"
    assert "private" not in str(entry)


def test_of_libraries_only_warnings_are_logged() -> None:
    entry = logged("logging.getLogger('mcp').info('started'); logging.getLogger('mcp').warning('odd')")
    assert entry["message"] == "odd"
