"""The commands that the documentation prints, and the answers that it prints below them.

Owns the reading of the pages, and of the AWS CLI's options by botocore's own model of the service: an option
that there is not, or a value of another type, is an error. The CLI itself is not a dependency.
https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-parameters-types.html
"""

import json
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import botocore.session
from botocore import xform_name
from botocore.validate import validate_parameters

from tests.conftest import ROOT

# One may be in a list, indented.
_CONSOLE = re.compile(r"^( *)```console\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^\$ ((?:.*\\\n)*.*)\n?((?:(?!\$ ).*\n?)*)", re.MULTILINE)
#: Of the CLI itself, whatever the service.
_GLOBAL = {"--cli-binary-format": 1, "--query": 1, "--output": 1}


class Command(NamedTuple):
    """One command, as it is typed, and what is printed below it, which may be nothing."""

    text: str
    answer: str

    @property
    def words(self) -> list[str]:
        """As a shell takes them; what follows `&&` or `>` is the shell's."""
        words = shlex.split(self.text.replace("\\\n", " "))
        ends = [words.index(sign) for sign in ("&&", ">") if sign in words]
        return words[: min(ends, default=len(words))]

    def with_(self, **values: str) -> "Command":
        """The same with values for those that the page leaves to its reader."""
        text = self.text
        for name, value in values.items():
            assert name in text, name
            text = text.replace(name, value)
        return self._replace(text=text)


class Call(NamedTuple):
    """A command of the AWS CLI as a call of botocore's client. `options` are the CLI's own."""

    service: str
    operation: str
    arguments: dict[str, Any]
    options: Mapping[str, str]


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text()


def section(text: str, heading: str) -> str:
    """The text below the heading, up to the next one of its level or above."""
    start = re.search(rf"^(#+) {re.escape(heading)}\n", text, re.MULTILINE)
    assert start, heading
    end = re.search(rf"^#{{1,{len(start[1])}}} ", text[start.end() :], re.MULTILINE)
    return text[start.end() :][: end.start() if end else None]


def commands(text: str, program: str = "aws ") -> list[Command]:
    """All commands of `program` in the text."""
    blocks = [re.sub(f"^{indent}", "", block, flags=re.MULTILINE) for indent, block in _CONSOLE.findall(text)]
    found = [Command(*one) for block in blocks for one in _COMMAND.findall(block)]
    return [one for one in found if one.text.startswith(program)]


def code(text: str, language: str) -> list[str]:
    """The blocks of code in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def parsed(command: Command, folder: Path) -> Call:
    """What the CLI would make of the command in `folder`, from where it reads `file://`."""
    _, service, name, *words = command.words
    model = botocore.session.get_session().get_service_model(service)
    [operation] = [one for one in model.operation_names if xform_name(one, "-") == name]
    shape = model.operation_model(operation).input_shape
    assert shape
    members = {f"--{xform_name(member, '-')}": member for member in shape.members}
    arguments: dict[str, Any] = {}
    options: dict[str, str] = {}
    while words:
        word = words.pop(0)
        if word in _GLOBAL:
            options[word] = words.pop(0)
        elif not word.startswith("--"):
            assert (service, words) == ("lambda", []), word  # the file for the answer
        else:
            kind = shape.members[members[word]].type_name
            if kind == "boolean":
                arguments[members[word]] = True
                continue
            value = words.pop(0)
            if value.startswith("file://"):
                value = (folder / value.removeprefix("file://")).read_text()
            arguments[members[word]] = json.loads(value) if kind == "structure" else value
    validate_parameters(arguments, shape)
    return Call(service, xform_name(operation), arguments, options)
