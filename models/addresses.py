"""One mailbox, one spelling: the address as a look-up sees it, never one to write to."""

import unicodedata

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


def _ascii(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:  # no name that could be registered; compared as it is
        return domain
