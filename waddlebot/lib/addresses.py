"""Addresses: which are out on the internet, and which are one client's."""

import ipaddress
from typing import Final

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# `is_global` says yes to these; they lead back inside, to many, or to nowhere.
NOT_PUBLIC: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16", "fec0::/10",
        "ff00::/8",
    )
)  # fmt: skip


ONE_CLIENTS: Final = 64
"""The bits of an IPv6 address that tell clients apart; each has the rest to choose from."""


def counted_as(text: str) -> str:
    """Return by what a client is counted: its address, of IPv6 the network that is all its own."""
    try:
        address: Address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return text
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, ONE_CLIENTS), strict=False))


def is_public(text: str) -> bool:
    """Return whether an address is one that a stranger may send us to."""
    try:
        address: Address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address.is_global and not any(address in network for network in NOT_PUBLIC)
