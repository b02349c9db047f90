"""References to Secrets Manager in a template's texts: `{{resolve:secretsmanager:ARN:SecretString}}`.

Owns their form. Supports only whole secrets: no key of a JSON secret, stage or version. Must never show a
secret's text.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html
"""

import re
from collections.abc import Mapping

from local.template.parameters import TemplateError

_REFERENCE = re.compile(r"\{\{resolve:secretsmanager:(.+?)(?::SecretString:*)?\}\}")


def resolve_secrets(text: str, secrets: Mapping[str, str]) -> str:
    """`text` with the secrets that it refers to; `secrets` has each by its name or ARN.

    Raises TemplateError for one that is not there.
    """

    def secret(reference: re.Match[str]) -> str:
        name = reference[1]
        if name not in secrets:
            raise TemplateError(f"There is no secret {name}: SECRETS in the environment has to hold it.")
        return secrets[name]

    return _REFERENCE.sub(secret, text)
