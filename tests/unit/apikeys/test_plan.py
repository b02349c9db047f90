import pytest

from apikeys.errors import ConfigurationError
from apikeys.plans.plan import plans


def test_the_first_plan_is_the_default() -> None:
    assert list(plans("free=a1 pro=b2").items()) == [("free", "a1"), ("pro", "b2")]


@pytest.mark.parametrize("text", ["", "free", "free=", "=a1", "free=a1 free=b2"])
def test_ambiguous_plans_are_a_fault_of_the_deployment(text: str) -> None:
    with pytest.raises(ConfigurationError, match="Plans"):
        plans(text)
