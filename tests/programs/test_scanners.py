"""Secret scanners find keys by docs/scanners: 20 planted among 20 that only look like one."""

import json
import random
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from apikeys.secret import ENTROPY_BYTES, SecretFormat
from tools.scanner_patterns import FOLDER, PREFIX, files

RANDOM = random.Random(20)  # noqa: S311 - the keys are nobody's
PLANTED = [SecretFormat(PREFIX).new(RANDOM.randbytes(ENTROPY_BYTES)).reveal() for _ in range(20)]
#: With a wrong checksum, which a pattern cannot detect.
MISTYPED = [key[:-1] + ("A" if key[-1] != "A" else "B") for key in PLANTED[:10]]
#: Of another form, which it can.
OTHERS = [
    *(key.replace("live", "test") for key in PLANTED[:3]),
    *(key[:-1] for key in PLANTED[3:6]),
    *(f"{key}x" for key in PLANTED[6:8]),
    PLANTED[8].replace(PLANTED[8][30], "-"),
    f"key_{PLANTED[9][14:26]}",
]
FORMS = [
    "{}",
    "export API_KEY={}",
    "key = '{}'",
    '{{"x-api-key": "{}"}}',
    "curl -H 'Authorization: Bearer {}'",
]


def tree(folder: Path) -> Path:
    """Each key in a separate file, in one of the forms in which keys leak."""
    for kind, keys in (("planted", PLANTED), ("mistyped", MISTYPED), ("other", OTHERS)):
        for number, key in enumerate(keys):
            form = FORMS[number % len(FORMS)]
            (folder / f"{kind}_{number}.txt").write_text(f"# a file\n{form.format(key)}\n")
    return folder


def matched(regex: str, folder: Path) -> set[str]:
    """The files in which a regular expression finds something."""
    return {file.name for file in folder.iterdir() if re.search(regex, file.read_text(), re.MULTILINE)}


def named(kind: str, number: int) -> set[str]:
    return {f"{kind}_{one}.txt" for one in range(number)}


def test_the_files_are_up_to_date() -> None:
    assert {file.name: file.read_text() for file in FOLDER.iterdir()} == files(PREFIX)


def test_there_are_twenty_of_each() -> None:
    assert len(PLANTED) == len(MISTYPED + OTHERS) == 20


def test_detect_secrets_finds_every_key_and_no_other(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "detect_secrets", "scan", "--all-files"]
    plugin = ["--plugin", str(FOLDER / "detect_secrets_plugin.py")]
    done = subprocess.run(  # noqa: S603 - the project's own arguments
        [*command, *plugin, "."], cwd=tree(tmp_path), capture_output=True, text=True, check=True
    )
    results = json.loads(done.stdout)["results"]
    found = {
        Path(file).name for file, secrets in results.items() for one in secrets if one["type"] == "API key"
    }
    assert found == named("planted", 20)


@pytest.mark.parametrize("tool", ["github", "gitleaks", "trufflehog"])
def test_the_pattern_of_a_tool_without_checksums_finds_every_key_and_nothing_of_another_form(
    tmp_path: Path, tool: str
) -> None:
    written = files(PREFIX)
    github = json.loads(written["github.json"])
    around = f"(?:{github['before_secret']})({github['secret_format']})(?:{github['after_secret']})"
    regex = {
        "github": around.replace(r"\z", r"\Z"),
        "gitleaks": tomllib.loads(written["gitleaks.toml"])["rules"][0]["regex"],
        "trufflehog": yaml.safe_load(written["trufflehog.yaml"])["detectors"][0]["regex"]["key"],
    }[tool]
    assert matched(regex, tree(tmp_path)) == named("planted", 20) | named("mistyped", 10)
