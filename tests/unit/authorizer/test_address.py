from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apikeys.address import canonical
from authorizer.address import allows

addresses = st.ip_addresses()
# Near one another, or hardly any address would ever be in a network.
near = st.builds(
    lambda base, offset: str(ip_address(int(ip_address(base)) + offset)),
    st.sampled_from(["198.51.100.0", "2001:db8::"]),
    st.integers(0, 300),
)
networks = st.builds(
    lambda address, length: canonical(
        str(ip_network(f"{address}/{length if ':' in address else length % 33}", strict=False))
    ),
    st.one_of(near, addresses.map(str)),
    st.integers(0, 128),
)


@given(st.lists(networks, min_size=1, max_size=20), st.one_of(near, addresses.map(str)))
def test_an_address_is_allowed_exactly_if_a_network_contains_it(known: list[str], address: str) -> None:
    one = ip_address(address)
    mapped = getattr(one, "ipv4_mapped", None)
    expected = any((mapped or one) in ip_network(network) for network in known)
    assert allows(" ".join(known), address) == expected


def test_an_ipv4_address_is_the_same_in_ipv6s_form() -> None:
    assert allows("198.51.100.0/24", "::ffff:198.51.100.7")
    assert not allows("::/0", "::ffff:198.51.100.7")


@pytest.mark.parametrize(
    "address",
    ["", "None", "test-invoke-source-ip", "198.51.100.7 ", "198.51.100.07", "fe80::1%eth0", "198.51.100.7\0"],
)
def test_an_address_that_cannot_be_read_is_nowhere(address: str) -> None:
    assert not allows("0.0.0.0/0 ::/0", address)


@pytest.mark.parametrize(
    "networks",
    ["", "198.51.100.0", "198.51.100.0/", "198.51.100.0/33", "198.51.100.0/-1", "everywhere/0", "::/0  ::/0"],
)
def test_networks_that_cannot_be_read_are_an_error_and_no_verdict(networks: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        allows(networks, "198.51.100.7")
