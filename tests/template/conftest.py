from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from tests.conftest import ROOT


def _resources(template: str) -> dict[str, Any]:
    written: dict[str, Any] = yaml_parse((ROOT / template).read_text())["Resources"]
    return written


@pytest.fixture(scope="session")
def resources() -> dict[str, Any]:
    """The resources of template.yaml, as they are written there."""
    return _resources("template.yaml")


@pytest.fixture(scope="session")
def operations() -> dict[str, Any]:
    """The resources of operations.yaml, as they are written there."""
    return _resources("operations.yaml")
