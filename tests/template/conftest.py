from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from tests.conftest import ROOT


@pytest.fixture(scope="session")
def resources() -> dict[str, Any]:
    """The resources of template.yaml, as they are written there."""
    written: dict[str, Any] = yaml_parse((ROOT / "template.yaml").read_text())["Resources"]
    return written
