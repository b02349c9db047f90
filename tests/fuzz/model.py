"""The contract's rules about keys and headers, written independently of the code."""

import binascii
from collections.abc import Mapping, Sequence
from string import ascii_letters, digits

from tests.fuzz.keys import PREFIX

#: Names of headers that may present a key, and of some that may not.
NAMES = ("x-api-key", "X-API-Key", "X-Api-Key", "authorization", "Authorization", "AUTHORIZATION")
OTHER_NAMES = ("Cookie", "x-api-key ", "X-Api-Keys", "x_api_key", "Proxy-Authorization")

#: What is around a key that is presented correctly, and around one that is not.
FRAMES = ("{}", " {}\t", "Bearer {}", "bearer   {} ", "\tBEARER {}", "beareR {}\t")
OTHER_FRAMES = (
    *("{}\n", "\x0b{}", "{}\xa0", "{} {}", "{},{}", "Bearer {} {}", "Bearer {},", "Bearer: {}"),
    *("Bearer\t{}", "Bearer \t{}", "Bearer\xa0{}", "Bearer{}", "Bearer", "Basic {}", "{} Bearer"),
)

_ALPHABET = digits + ascii_letters.swapcase()


def is_key(text: str) -> bool:
    """The rules of a key's form, written independently of the parser."""
    body, check = text[:-6], text[-6:]
    if not text.startswith(PREFIX) or len(text) != len(PREFIX) + 61:
        return False
    if not set(text[len(PREFIX) :]) <= set(_ALPHABET):
        return False
    value = 0
    for character in check:
        value = value * 62 + _ALPHABET.index(character)
    return value == binascii.crc32(body.encode("ascii"))


def rightly_presented(sent: Mapping[str, Sequence[str]]) -> str | None:
    """The contract's rules, as a reader of the manual would write them."""

    def distinct(name: str) -> list[str]:
        every = [value for key, group in sent.items() if key.lower() == name for value in group]
        return sorted({value.strip(" \t") for value in every})

    match distinct("x-api-key"), distinct("authorization"):
        case [only], _:
            return only
        case [], [only]:
            words = [word for word in only.split(" ") if word]
            return words[1] if len(words) == 2 and words[0].lower() == "bearer" else None
    return None
