"""The addresses from which a key may be used, as CIDRs.

Owns their canonical form, and whether one list allows more than another. The authorizer must never import
this module, because `ipaddress` is too slow for it: `authorizer.address` compares numbers instead.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_network

_Network = IPv4Network | IPv6Network

# IPv4 addresses as IPv6 has them. A caller's is named in the short form. RFC 4291, 2.5.5.2
_MAPPED = IPv6Network("::ffff:0:0/96")


def canonical(text: str) -> str:
    """The one text for the network or single address that `text` names: `198.51.100.7/32`, `2001:db8::/32`.

    Raises ValueError for what is neither, and for a network whose address goes on after its prefix.
    """
    network = ip_network(text)
    if isinstance(network, IPv6Network):
        if "%" in text:
            raise ValueError("a zone is valid only on one machine")
        if network.subnet_of(_MAPPED):
            address = IPv4Address(int(network.network_address) & 0xFFFFFFFF)
            return f"{address}/{network.prefixlen - _MAPPED.prefixlen}"
    return str(network)


def allows_more(new: Iterable[str] | None, old: Iterable[str] | None) -> bool:
    """Whether `new` allows an address that `old` does not. Both are canonical; None allows all.

    A network that several of `old` cover only together counts as more.
    """
    if old is None:
        return False
    if new is None:
        return True
    covering = [ip_network(text) for text in old]
    return not all(any(_inside(ip_network(text), one) for one in covering) for text in new)


def _inside(network: _Network, other: _Network) -> bool:
    if isinstance(network, IPv4Network) and isinstance(other, IPv4Network):
        return network.subnet_of(other)
    if isinstance(network, IPv6Network) and isinstance(other, IPv6Network):
        return network.subnet_of(other)
    return False
