"""A function's package contains what its handler imports: this reads the source, and builds nothing."""

import ast
import re
import sys
from collections.abc import Mapping
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import package
from local.template.template import Template
from tests.packages import FUNCTIONS, parts

#: What RuntimeFunction's run.sh starts.
BACKEND = "backend.__main__"

NAMES = sorted(Template.load(FUNCTIONS.parent / "template.yaml", {}).functions)


@cache
def distributions() -> Mapping[str, list[str]]:
    """The distributions that bring a top-level module."""
    return packages_distributions()


@cache
def services(path: Path) -> frozenset[str]:
    """The services of AWS for which a file makes a client."""
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    makes_client = (".create_client", "boto3.client")
    return frozenset(
        ast.literal_eval(call.args[0]) for call in calls if ast.unparse(call.func).endswith(makes_client)
    )


@cache
def modules(path: Path) -> frozenset[str]:
    """The modules that a file imports, wherever in it; of `from a import b` both a and a.b."""
    found = set[str]()
    left: list[ast.AST] = [ast.parse(path.read_text())]
    while left:
        node = left.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            left += node.orelse
            continue
        left += ast.iter_child_nodes(node)
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(found)


def files(module: str, roots: list[Path]) -> list[Path]:
    """The files that importing a module of our own runs."""
    names = module.split(".")
    found = []
    for root in roots:
        for depth in range(1, len(names) + 1):
            path = root.joinpath(*names[:depth])
            found += [file for file in (path / "__init__.py", path.with_suffix(".py")) if file.is_file()]
    return found


def reached(handler: str, roots: list[Path]) -> tuple[set[Path], set[str]]:
    """Our own files that a handler's module imports in the end, and the names of all other modules."""
    own, others, left = set[Path](), set[str](), [handler]
    while left:
        module = left.pop()
        found = files(module, roots)
        if not found and not any((root / module.partition(".")[0]).is_dir() for root in roots):
            others.add(module.partition(".")[0])
        for file in set(found) - own:
            own.add(file)
            left += modules(file)
    return own, others - sys.stdlib_module_names


def handler_of(name: str, template: Template) -> tuple[str, list[Path]]:
    function = template.functions[name]
    module = BACKEND if function.is_web_app else function.handler.rpartition(".")[0]
    return module, [function.code]


@pytest.mark.parametrize("name", NAMES)
def test_a_package_contains_what_its_handler_imports(name: str, template: Template) -> None:
    own, others = reached(*handler_of(name, template))
    assert own
    shipped = parts(name)
    assert all(any(file.is_relative_to(part) for part in shipped) for file in own)
    pins = {
        pin
        for part in shipped
        if part.name == "requirements.txt"
        for pin in re.findall(r"^([a-z0-9-]+)==", part.read_text(), re.MULTILINE)
    }
    for module in others:
        assert {pin.lower().replace("_", "-") for pin in distributions()[module]} & pins, module


@pytest.mark.parametrize("name", NAMES)
def test_a_package_contains_no_folder_that_its_handler_does_not_import(name: str, template: Template) -> None:
    own, others = reached(*handler_of(name, template))
    for part in parts(name):
        if part.name == "requirements.txt":
            assert others
        elif part.is_dir():
            assert any(file.is_relative_to(part) for file in own), part


@pytest.mark.parametrize("name", NAMES)
def test_a_package_contains_the_models_of_the_services_that_its_handler_calls(
    name: str, template: Template
) -> None:
    own, _ = reached(*handler_of(name, template))
    for file in own:
        assert services(file) <= package.SERVICES, file


def test_the_settings_page_imports_no_library(template: Template) -> None:
    _, others = reached(*handler_of("SettingsPageFunction", template))
    assert not others
