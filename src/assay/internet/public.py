"""Which IP addresses are of the public internet."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from functools import cache

from assay.errors import ConfigError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

NOT_PUBLIC_V4 = (
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "168.63.129.16/32",  # what Azure tells its own machines, from an address that is otherwise public
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.31.196.0/24",
    "192.52.193.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "192.175.48.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
)
UNICAST_V6 = "2000::/3"
"""All of IPv6 that is given out; IPv4 in it as mapped, compatible, translated or NAT64 address lies outside."""
NOT_PUBLIC_V6 = ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")


def is_public(address: Address) -> bool:
    """Whether an address is of the public internet.

    The lists stand here and not in `ipaddress`, whose `is_global` differs between versions of Python and holds
    `::127.0.0.1` for global.

    Source: IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890 and its successors).
    """
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _networks(NOT_PUBLIC_V4))
    if address.scope_id is not None or address not in ipaddress.IPv6Network(UNICAST_V6):
        return False
    return not any(address in network for network in _networks(NOT_PUBLIC_V6))


@cache
def _networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(map(ipaddress.ip_network, texts))


def networks_of(texts: Sequence[str]) -> tuple[Network, ...]:
    """Networks that are typed as CIDR.

    Raises:
        ConfigError: one is none.
    """
    networks = []
    for text in texts:
        try:
            networks.append(ipaddress.ip_network(text.strip()))
        except ValueError as error:
            raise ConfigError(
                f"fetch_networks: {text} is no network ({error}); write one as fetch_networks=[10.1.0.0/16]"
            ) from error
    return tuple(networks)
