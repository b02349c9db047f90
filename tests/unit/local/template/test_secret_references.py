"""References to Secrets Manager."""

import pytest

from local.template.parameters import TemplateError
from local.template.secret_references import resolve_secrets

ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:gateway-A1b2C3"


@pytest.mark.parametrize(
    ("text", "resolved"),
    [
        ("plain", "plain"),
        (f"'{{{{resolve:secretsmanager:{ARN}:SecretString}}}}'", "'hidden'"),
        (f"{{{{resolve:secretsmanager:{ARN}}}}}", "hidden"),
        (f"{{{{resolve:secretsmanager:{ARN}:SecretString:::}}}}", "hidden"),
        ("a {{resolve:secretsmanager:named:SecretString}} b", "a other b"),
    ],
)
def test_a_reference_becomes_the_secrets_text(text: str, resolved: str) -> None:
    assert resolve_secrets(text, {ARN: "hidden", "named": "other"}) == resolved


def test_a_secret_that_is_not_there_is_named_and_none_is_shown() -> None:
    with pytest.raises(TemplateError, match=f"no secret {ARN}: SECRETS") as raised:
        resolve_secrets(f"{{{{resolve:secretsmanager:{ARN}:SecretString}}}}", {"named": "hidden"})
    assert "hidden" not in str(raised.value)
