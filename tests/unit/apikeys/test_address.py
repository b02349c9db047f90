import pytest

from apikeys.address import allows_more, canonical


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("198.51.100.7", "198.51.100.7/32"),
        ("198.51.100.0/24", "198.51.100.0/24"),
        ("198.51.100.0/255.255.255.0", "198.51.100.0/24"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("2001:DB8:0:0::1", "2001:db8::1/128"),
        ("2001:0db8::/32", "2001:db8::/32"),
        ("::/0", "::/0"),
        ("::ffff:198.51.100.7", "198.51.100.7/32"),
        ("::ffff:198.51.100.0/120", "198.51.100.0/24"),
    ],
)
def test_a_network_is_stored_in_one_form(text: str, stored: str) -> None:
    assert canonical(text) == stored
    assert canonical(stored) == stored


@pytest.mark.parametrize(
    "text",
    [
        "",
        "localhost",
        "198.51.100",
        "198.51.100.7/24",
        "198.51.100.0/33",
        "198.51.100.0/-1",
        "198.051.100.0/24",
        "198.51.100.0/24 ",
        "198.51.100.0-198.51.100.9",
        "2001:db8::1/32",
        "2001:db8::/129",
        "fe80::1%eth0",
        "1",
        "١٩٨.51.100.7",
    ],
)
def test_an_invalid_network_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        canonical(text)


@pytest.mark.parametrize(
    ("new", "old", "more"),
    [
        (None, None, False),
        (["198.51.100.0/24"], None, False),
        (None, ["198.51.100.0/24"], True),
        (["198.51.100.0/24"], ["198.51.100.0/24"], False),
        (["198.51.100.7/32"], ["2001:db8::/32", "198.51.100.0/24"], False),
        (["198.51.100.0/24", "203.0.113.9/32"], ["198.51.100.0/24"], True),
        (["198.51.0.0/16"], ["198.51.100.0/24"], True),
        (["2001:db8:1::/48"], ["2001:db8::/32"], False),
        (["::/0"], ["0.0.0.0/0"], True),
        (["0.0.0.0/0"], ["::/0"], True),
    ],
)
def test_an_address_outside_the_networks_allows_more(
    new: list[str] | None, old: list[str] | None, *, more: bool
) -> None:
    assert allows_more(new, old) == more
