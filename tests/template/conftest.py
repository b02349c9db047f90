from typing import Any

import pytest

from tests.written import written


@pytest.fixture(scope="session")
def resources() -> dict[str, Any]:
    """The resources of template.yaml, as written there."""
    resources: dict[str, Any] = written("template.yaml")["Resources"]
    return resources


@pytest.fixture(scope="session")
def operations() -> dict[str, Any]:
    """The resources of operations.yaml, as written there."""
    resources: dict[str, Any] = written("operations.yaml")["Resources"]
    return resources
