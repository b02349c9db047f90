"""`sam deploy --guided`, by the SAM CLI itself at a terminal: Enter answers every question."""

import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer
from samtranslator.yaml_helper import yaml_parse

from tests.events import ROOT
from tests.sam_local.conftest import ENVIRONMENT

REGION = "eu-central-1"
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
_LONGEST_S = 240


@pytest.fixture
def aws() -> Iterator[dict[str, str]]:
    """The environment in which every AWS API is moto's, so that no account is touched."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield ENVIRONMENT | {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "SAM_CLI_TELEMETRY": "0",
    }
    server.stop()


def enter(command: list[str], directory: Path, environment: dict[str, str]) -> tuple[list[str], str]:
    """Run a command at a terminal, and press Enter whenever it asks: its questions, and all it printed."""
    terminal, end = pty.openpty()
    process = subprocess.Popen(
        command, cwd=directory, env=environment, stdin=end, stdout=end, stderr=end, start_new_session=True
    )
    os.close(end)
    questions: list[str] = []
    printed, answered = "", 0
    stops = time.monotonic() + _LONGEST_S
    # A terminal whose other end is closed says so by an OSError.
    with suppress(OSError):
        while time.monotonic() < stops and len(questions) < 100:
            if select.select([terminal], [], [], 1)[0]:
                printed += _ESCAPES.sub("", os.read(terminal, 65536).decode(errors="replace"))
            line = printed[answered:].rpartition("\n")[2]
            if line.endswith(": "):
                questions.append(line.strip())
                answered = len(printed)
                os.write(terminal, b"\n")
    process.kill()
    process.wait()
    os.close(terminal)
    return questions, printed


@pytest.mark.filterwarnings("ignore:Tried to parse:UserWarning")
def test_every_question_is_answered_with_enter(aws: dict[str, str], tmp_path: Path) -> None:
    command = ["sam", "deploy", "--guided", "--template-file", str(ROOT / "template.yaml")]
    questions, printed = enter(command, tmp_path, aws)
    asked = [found[1] for line in questions if (found := re.match(r"Parameter (\w+) \[", line))]
    declared = yaml_parse((ROOT / "template.yaml").read_text())["Parameters"]
    assert asked == list(declared), printed
    # Stack name, Region, change set, roles, rollback, where to keep the answers, twice: and that is all.
    page = (ROOT / "docs" / "deploying.md").read_text()
    told = re.search(r"(\d+) about parameters, .* and (\d+) of the SAM CLI's own", page)
    assert told, "docs/deploying.md says how many questions there are"
    assert (len(asked), len(questions) - len(asked)) == (int(told[1]), int(told[2])), questions
    # All answers are taken. Its own bucket comes next, which moto does not make as it expects.
    assert "Looking for resources needed for deployment" in printed
