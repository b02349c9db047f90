"""Whether a call comes from an address that its key allows.

Owns the comparison. Networks are parsed once and kept as numbers. Must import neither `ipaddress`, which
would cost more than the check of the key, nor anything else that is not already loaded.
"""

from functools import lru_cache
from socket import AF_INET, AF_INET6, inet_pton

# How IPv6 has an IPv4 address. RFC 4291, 2.5.5.2
_MAPPED = bytes(10) + b"\xff\xff"


@lru_cache(maxsize=1024)
def allows(networks: str, address: str) -> bool:
    """Whether `address`, the caller's as API Gateway reports it, is in one of `networks`.

    `networks` are CIDRs in canonical form, separated by spaces. An address that cannot be read is in none.
    Raises ValueError when a network cannot be read.
    """
    known = _numbers(networks)
    try:
        number, width = _number(address)
    except (OSError, ValueError):
        return False
    return any(bits == width and number >> shift == prefix for prefix, shift, bits in known)


@lru_cache(maxsize=1024)
def _numbers(networks: str) -> tuple[tuple[int, int, int], ...]:
    """Of each network its prefix, how many bits follow that, and how many bits there are in all."""
    found = []
    for text in networks.split(" "):
        start, _, length = text.partition("/")
        try:
            number, width = _number(start)
        except OSError:
            raise ValueError("a network begins with no address") from None
        shift = width - int(length)
        if not 0 <= shift <= width:
            raise ValueError("a prefix is longer than an address")
        found.append((number >> shift, shift, width))
    return tuple(found)


def _number(text: str) -> tuple[int, int]:
    if ":" not in text:
        return int.from_bytes(inet_pton(AF_INET, text), "big"), 32
    packed = inet_pton(AF_INET6, text)
    if packed.startswith(_MAPPED):
        return int.from_bytes(packed[12:], "big"), 32
    return int.from_bytes(packed, "big"), 128
