"""The project's templates as they are written, before any transform. Reading one takes a second."""

from functools import cache
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parents[1]


@cache
def written(file: str) -> dict[str, Any]:
    """A file of the repository, by its path there. Callers must not change what is returned."""
    template: dict[str, Any] = yaml_parse((ROOT / file).read_text())
    return template
