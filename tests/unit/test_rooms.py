"""The rooms of the code: which module may import which, and how long one may be."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

LINES_AT_MOST = 200


@dataclass(frozen=True)
class House:
    """Modules below `folder`, which are named from `path` on.

    `floors` are rooms, some of a single module, the upper ones first. A module knows its own room and those
    on lower floors.
    """

    path: Path
    folder: str
    floors: tuple[tuple[str, ...], ...]

    @cache  # noqa: B019 - there are three
    def modules(self) -> dict[str, Path]:
        """Every module, by its name."""
        files = sorted((self.path / self.folder).rglob("*.py"))
        rooms = [room for floor in self.floors for room in floor]
        named = {".".join(file.relative_to(self.path).with_suffix("").parts): file for file in files}
        return {
            name.removesuffix(".__init__"): file
            for name, file in named.items()
            if any(name.startswith(f"{room}.") for room in rooms)
        }

    @cache  # noqa: B019
    def imported(self, name: str, *, first: bool = False) -> frozenset[str]:
        """The modules that a module imports: `first` those that it needs before it can be imported itself."""
        tree = ast.parse(self.modules()[name].read_text())
        found = set()
        for node in tree.body if first else ast.walk(tree):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert not node.level, "a relative import"
                found |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
        others = found & self.modules().keys() - {name}
        return frozenset(one for one in others if self.modules()[one].stem != "__init__")

    def room(self, name: str) -> str:
        """The innermost room that a module is in."""
        rooms = [room for floor in self.floors for room in floor]
        return max((room for room in rooms if f"{name}.".startswith(f"{room}.")), key=len)

    def floor(self, name: str) -> int:
        """How far down a module is."""
        return next(number for number, floor in enumerate(self.floors) if self.room(name) in floor)


def functions() -> Iterator[str]:
    """The folder of every function but the authorizer, as a room."""
    for handler in sorted((ROOT / "functions").rglob("app.py")):
        parts = handler.relative_to(ROOT / "functions").parent.parts
        if parts[0] not in ("authorizer", "runtime"):
            yield ".".join(parts)


#: In the order of a request's way.
GATEWAY = House(
    ROOT,
    "local",
    (
        ("local",),
        ("local.server",),
        ("local.api",),
        ("local.api.integrations",),
        ("local.api.guards",),
        ("local.api.responses",),
        ("local.api.request",),
        ("local.services",),
        ("local.functions",),
        ("local.wire",),
        ("local.template",),
    ),
)
#: No function knows another. The domain knows nobody.
FUNCTIONS = House(
    ROOT / "functions",
    "",
    (
        tuple(functions()),
        ("authorizer", "operation"),
        ("operation.input",),
        ("operation.scopes",),
        ("apikeys.history", "apikeys.plans", "apikeys.sessions", "apikeys.usage"),
        ("apikeys.keys",),
        ("apikeys",),
    ),
)
#: A separate service, which knows nothing of the rest.
BACKEND = House(ROOT / "functions" / "runtime", "backend", (("backend",),))

HOUSES = {"gateway": GATEWAY, "functions": FUNCTIONS, "backend": BACKEND}
each_house = pytest.mark.parametrize("house", HOUSES.values(), ids=HOUSES)


def test_the_arrows_are_those_of_the_code() -> None:
    assert "local.template.source" in GATEWAY.imported("local.template.template")
    assert "local.server.run" in GATEWAY.imported("local.__main__")
    assert "local.api.integrations.http_proxy" in GATEWAY.imported("local.api.integrations.integrations")
    assert "operation.input.new_key" in FUNCTIONS.imported("keys.create_key.app")
    assert "backend.app" in BACKEND.imported("backend.__main__")


def test_every_module_of_the_functions_is_in_a_room() -> None:
    files = {
        file
        for file in (ROOT / "functions").rglob("*.py")
        if not file.is_relative_to(ROOT / "functions" / "runtime") and file.name != "package.py"
    }
    assert files == set(FUNCTIONS.modules().values())


@each_house
def test_every_room_has_a_module(house: House) -> None:
    assert {house.room(name) for name in house.modules()} == {
        room for floor in house.floors for room in floor
    }


@each_house
def test_a_module_imports_only_from_its_own_room_and_those_on_lower_floors(house: House) -> None:
    arrows = [(name, one) for name in house.modules() for one in house.imported(name)]
    elsewhere = [(name, one) for name, one in arrows if house.room(name) != house.room(one)]
    assert [(name, one) for name, one in elsewhere if house.floor(one) <= house.floor(name)] == []


@each_house
def test_no_imports_are_circular(house: House) -> None:
    def reached(name: str) -> set[str]:
        found: set[str] = set()
        ahead = set(house.imported(name, first=True))
        while ahead:
            one = ahead.pop()
            found.add(one)
            ahead |= house.imported(one, first=True) - found
        return found

    assert [name for name in house.modules() if name in reached(name)] == []


@each_house
def test_a_module_is_short_and_says_what_it_owns(house: House) -> None:
    texts = {name: file.read_text() for name, file in house.modules().items()}
    assert [name for name, text in texts.items() if len(text.splitlines()) > LINES_AT_MOST] == []
    assert [name for name, text in texts.items() if not ast.get_docstring(ast.parse(text))] == []
