"""For detect-secrets: detect-secrets scan --plugin detect_secrets_plugin.py PATH"""

import re
import zlib

from detect_secrets.plugins.base import RegexBasedDetector

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class ApiKeyDetector(RegexBasedDetector):
    """Keys whose checksum is good."""

    secret_type = "API key"
    denylist = [re.compile(r"sk_live_copia_[0-9A-Za-z]{61}(?![0-9A-Za-z])")]

    def analyze_string(self, string):
        for found in super().analyze_string(string):
            if found[-6:] == checksum(found[:-6]):
                yield found


def checksum(text):
    number, digits = zlib.crc32(text.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        digits = BASE62[digit] + digits
    return digits
