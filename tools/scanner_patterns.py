"""Write docs/scanners/: the files with which secret scanners find keys. `make scanner-patterns` runs it.

Owns the form of each tool's file. The pattern is derived from the format in apikeys.secret, so the two cannot
differ. If a tool can run code, its file checks the checksum too, and does not report text that only looks
like a key.
"""

import argparse
import json
import re
from pathlib import Path

from apikeys.secret import CHECKSUM, LENGTH

FOLDER = Path(__file__).parents[1] / "docs" / "scanners"
PREFIX = "sk_live_copia_"


def pattern(prefix: str) -> str:
    """A whole key, as a regular expression that RE2, Hyperscan and Python's re read alike."""
    return f"{re.escape(prefix)}[0-9A-Za-z]{{{LENGTH}}}"


def files(prefix: str) -> dict[str, str]:
    """File → its content."""
    return {
        "github.json": _github(prefix),
        "gitleaks.toml": _gitleaks(prefix),
        "trufflehog.yaml": _trufflehog(prefix),
        "detect_secrets_plugin.py": _detect_secrets(prefix),
    }


def _github(prefix: str) -> str:
    """A custom pattern of GitHub's secret scanning: what its form asks for, and what partners send.

    https://docs.github.com/en/code-security/secret-scanning/using-advanced-secret-scanning-and-push-protection-features/custom-patterns/defining-custom-patterns-for-secret-scanning
    """
    fields = {
        "name": "API key",
        "secret_format": pattern(prefix),
        "before_secret": r"\A|[^0-9A-Za-z]",
        "after_secret": r"\z|[^0-9A-Za-z]",
    }
    return json.dumps(fields, indent=2) + "\n"


def _gitleaks(prefix: str) -> str:
    """A configuration of gitleaks.

    https://github.com/gitleaks/gitleaks#configuration
    """
    return f"""# For gitleaks: gitleaks dir --config gitleaks.toml PATH
[extend]
useDefault = true

[[rules]]
id = "api-key"
description = "API key"
regex = '''({pattern(prefix)})(?:[^0-9A-Za-z]|$)'''
secretGroup = 1
keywords = ["{prefix}"]
"""


def _trufflehog(prefix: str) -> str:
    """A custom detector of TruffleHog.

    https://docs.trufflesecurity.com/custom-detectors
    """
    return f"""# For TruffleHog: trufflehog filesystem --config trufflehog.yaml --no-verification PATH
detectors:
  - name: api-key
    keywords:
      - {prefix}
    regex:
      key: '({pattern(prefix)})(?:[^0-9A-Za-z]|$)'
"""


def _detect_secrets(prefix: str) -> str:
    """A plugin of detect-secrets.

    https://github.com/Yelp/detect-secrets/blob/master/docs/plugins.md
    """
    return f'''"""For detect-secrets: detect-secrets scan --plugin detect_secrets_plugin.py PATH"""

import re
import zlib

from detect_secrets.plugins.base import RegexBasedDetector

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class ApiKeyDetector(RegexBasedDetector):
    """Keys whose checksum is good."""

    secret_type = "API key"
    denylist = [re.compile(r"{pattern(prefix)}(?![0-9A-Za-z])")]

    def analyze_string(self, string):
        for found in super().analyze_string(string):
            if found[-{CHECKSUM}:] == checksum(found[:-{CHECKSUM}]):
                yield found


def checksum(text):
    number, digits = zlib.crc32(text.encode()), ""
    for _ in range({CHECKSUM}):
        number, digit = divmod(number, 62)
        digits = BASE62[digit] + digits
    return digits
'''


def main() -> None:
    """Write the files for one prefix."""
    parser = argparse.ArgumentParser(description="Write what secret scanners need to find your keys.")
    parser.add_argument("--prefix", default=PREFIX, help="your stack's KeyPrefix")
    parser.add_argument("--to", type=Path, default=FOLDER, help="the folder to write to")
    given = parser.parse_args()
    given.to.mkdir(parents=True, exist_ok=True)
    for name, content in files(given.prefix).items():
        (given.to / name).write_text(content)


if __name__ == "__main__":
    main()
