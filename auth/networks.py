"""Network hashes: count requests by network without storing an IP address."""

from hashlib import blake2b
from ipaddress import IPv6Address, ip_address

IPV4_PREFIX_BYTES, IPV6_PREFIX_BYTES = 3, 6
"""The part of an IP address that is hashed: a /24 of IPv4, a /48 of IPv6."""


def network(key: bytes, ip: str, *more: str) -> str:
    """Return a keyed hash of the network of an IP address; `more` (a user agent) is hashed with it.

    The whole /24 or /48 has the same hash, and without the key the hash can't be reversed.
    """
    digest = blake2b(prefix(ip), key=key, digest_size=16)
    for text in more:
        digest.update(b"\0" + text.encode())
    return digest.hexdigest()


def prefix(ip: str) -> bytes:
    """Return the part of an IP address that its network shares."""
    try:
        parsed = ip_address(ip)
    except ValueError:  # a Unix socket has no IP address
        return ip.encode()
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is None:
            return parsed.packed[:IPV6_PREFIX_BYTES]
        parsed = parsed.ipv4_mapped
    return parsed.packed[:IPV4_PREFIX_BYTES]
