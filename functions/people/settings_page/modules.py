"""JavaScript modules as one script, so that a page loads them with one request.

Owns the few forms of `import` and `export` that the page's modules use, each at the start of a line:

    import { one, two as other } from "./words/text.js";
    export const one = ...;      export function two() {      export class Three {

Every module becomes a function that is called once, after those that it imports, and returns what it exports.
So a module's names stay private, as before. Must never guess: a form that it does not know is refused.
"""

import posixpath
import re
from collections.abc import Mapping

_IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.{1,2}/[a-z_./]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:const|class|function\*?|async function) (\w+))", re.MULTILINE)
_UNKNOWN = re.compile(r"^(?:import|export)\b.*|\bimport(?:\.meta|\().*", re.MULTILINE)


def joined(modules: Mapping[str, str], main: str) -> str:
    """The module `main` with all that it imports. `modules` has the texts by path, such as `words/text.js`.

    Raises ValueError for an import or export of another form, of a module or name that does not exist, and
    for modules that import each other in a circle.
    """
    parts: dict[str, str] = {}
    exports: dict[str, list[str]] = {}

    def add(path: str, importers: tuple[str, ...]) -> None:
        if path in importers:
            raise ValueError(f"These modules import each other: {' → '.join((*importers, path))}")
        if path in parts:
            return
        if path not in modules:
            raise ValueError(f"{importers[-1]} imports {path}, which does not exist.")
        text = modules[path]
        for _, source in _IMPORT.findall(text):
            add(_resolved(source, path), (*importers, path))
        exports[path] = _EXPORT.findall(text)
        code = _EXPORT.sub("", _IMPORT.sub(lambda found: _binding(found, path, exports), text))
        if unknown := _UNKNOWN.search(code):
            raise ValueError(f"{path} has an import or export of an unknown form: {unknown[0]}")
        parts[path] = code if path == main else _called_once(path, code, exports[path])

    add(main, ())
    return "\n".join(parts.values())


def _resolved(source: str, importer: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(importer), source))


def _binding(found: re.Match[str], importer: str, exports: Mapping[str, list[str]]) -> str:
    """An import as a declaration."""
    path = _resolved(found[2], importer)
    names = [part.split(" as ") for part in (part.strip() for part in found[1].split(",")) if part]
    if missing := {name for name, *_ in names} - set(exports[path]):
        raise ValueError(f"{importer} imports {', '.join(sorted(missing))}, which {path} does not export.")
    return f"const {{ {', '.join(': '.join(name) for name in names)} }} = {_variable(path)};\n"


def _called_once(path: str, code: str, names: list[str]) -> str:
    return f"const {_variable(path)} = (() => {{\n{code}\nreturn {{ {', '.join(names)} }};\n}})();\n"


def _variable(path: str) -> str:
    return "$" + re.sub(r"\W", "_", path.removesuffix(".js"))
