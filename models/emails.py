"""One mailbox, one spelling: the address as a look-up sees it, never one to write to."""

import unicodedata

from storage import sealing

# Mailboxes whose provider drops dots, and what follows a plus; with the other names of their domain.
# Elsewhere both may tell two people apart, so only case is folded.
_DOTS_AND_PLUS = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}
_PLUS = {
    **{domain: domain for domain in ("outlook.com", "hotmail.com", "live.com", "fastmail.com", "hey.com")},
    **dict.fromkeys(("icloud.com", "me.com", "mac.com"), "icloud.com"),
    **dict.fromkeys(("proton.me", "protonmail.com", "pm.me"), "proton.me"),
}


def canonical(address: str) -> str:
    """The spelling that all spellings of a mailbox share: "Ada.Byron+news@GoogleMail.com" is adabyron@gmail.com."""
    local, _, domain = unicodedata.normalize("NFKC", address.strip()).casefold().rpartition("@")
    domain = _ascii(domain.rstrip("."))
    if domain in _DOTS_AND_PLUS or domain in _PLUS:
        local = local.partition("+")[0] or local
    if domain in _DOTS_AND_PLUS:
        local = local.replace(".", "") or local
    return f"{local}@{_DOTS_AND_PLUS.get(domain) or _PLUS.get(domain, domain)}"


def newest_hash(address: str) -> str:
    """What a row keeps, to be found by the address: the hash by the newest key."""
    return sealing.keys().hash(canonical(address))


def hashes(address: str) -> list[str]:
    """What a mailbox may be found by: the newest key's first, then those of keys that it replaced."""
    return sealing.keys().hashes(canonical(address))


def _ascii(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:  # no name that could be registered; compared as it is
        return domain
