from local.template.template import Template
from tests.conftest import ROOT


def test_patience_makes_each_timeout_longer_and_is_passed_to_the_function() -> None:
    template = Template.load(ROOT / "template.yaml")
    patient = template.with_patience(2.5)
    assert patient.functions.keys() == template.functions.keys()
    for name, function in patient.functions.items():
        declared = template.functions[name]
        assert function.timeout == 2.5 * declared.timeout
        assert function.environment == {**declared.environment, "PATIENCE": "2.5"}
