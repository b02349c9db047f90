"""How many cases are tried, and the plugin of schemathesis, which no other part loads.

FUZZ_CASES is their number for each test of Hypothesis, and the two-hundredth part of it for the storm:
`make fuzz` tries a million of these and a hundred thousand of those.
"""

import os

import pytest
import schemathesis.pytest.plugin
from hypothesis import settings

settings.register_profile("fuzz", max_examples=int(os.environ.get("FUZZ_CASES", "100")), deadline=None)
settings.load_profile("fuzz")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(schemathesis.pytest.plugin, "tests-of-the-contract")
