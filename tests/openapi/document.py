"""docs/openapi.yaml, read once: PyYAML's own reader takes seconds for it, libyaml's does not."""

from typing import Any

import yaml

from tools.openapi import DOCUMENT

document: dict[str, Any] = yaml.load(DOCUMENT.read_text(), Loader=yaml.CSafeLoader)
