"""Where a request comes from, as far as it is known: no address is kept, only a keyed hash of its network."""

from hashlib import blake2b
from ipaddress import IPv6Address, ip_address

IPV4, IPV6 = 3, 6
"""Bytes of an address that are looked at: a /24 and a /48."""


def network(key: bytes, address: str, *more: str) -> str:
    """A hash that neighbours share and nobody can undo without the key; `more` tells some of them apart."""
    told = blake2b(_shortened(address), key=key, digest_size=16)
    for text in more:
        told.update(b"\0" + text.encode())
    return told.hexdigest()


def _shortened(address: str) -> bytes:
    try:
        found = ip_address(address)
    except ValueError:  # a socket in the file system has no address
        return address.encode()
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is None:
            return found.packed[:IPV6]
        found = found.ipv4_mapped
    return found.packed[:IPV4]
