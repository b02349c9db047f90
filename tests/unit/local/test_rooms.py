"""The rooms of the local gateway: which module may import which."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

# In the order of a request's way. A module knows its own room and those after it.
ROOMS = (
    "local",
    "local.server",
    "local.api",
    "local.api.integrations",
    "local.api.guards",
    "local.api.responses",
    "local.api.request",
    "local.services",
    "local.functions",
    "local.wire",
    "local.template",
)

LINES_AT_MOST = 200


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {name_of(path): path for path in sorted((ROOT / "local").rglob("*.py"))}


def imported(name: str) -> set[str]:
    """The local modules that a module imports, at its top or anywhere else."""
    found = set()
    for node in ast.walk(ast.parse(MODULES[name].read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "a relative import"
            whole = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {node.module or ""} | whole
    return {one for one in found if one in MODULES and one != name and MODULES[one].stem != "__init__"}


def room(name: str) -> str:
    """The innermost room that a module is in."""
    path = MODULES[name].relative_to(ROOT).parent.parts
    return next(
        one for one in (".".join(path[:length]) for length in range(len(path), 0, -1)) if one in ROOMS
    )


ARROWS = {name: imported(name) for name in MODULES}


def test_the_arrows_are_those_of_the_code() -> None:
    assert "local.template.source" in ARROWS["local.template.template"]
    assert "local.server.run" in ARROWS["local.__main__"]
    assert "local.api.integrations.http_proxy" in ARROWS["local.api.integrations.integrations"]
    assert {room(name) for name in MODULES} == set(ROOMS)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_only_from_its_own_room_and_those_after_it(name: str) -> None:
    upwards = {one for one in ARROWS[name] if ROOMS.index(room(one)) < ROOMS.index(room(name))}
    assert not upwards


@pytest.mark.parametrize("name", MODULES)
def test_no_imports_are_circular(name: str) -> None:
    reached: set[str] = set()
    ahead = set(ARROWS[name])
    while ahead:
        one = ahead.pop()
        reached.add(one)
        ahead |= ARROWS[one] - reached
    assert name not in reached


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_short_and_says_what_it_owns(name: str) -> None:
    text = MODULES[name].read_text()
    assert len(text.splitlines()) <= LINES_AT_MOST
    assert ast.get_docstring(ast.parse(text))
