"""Canonical e-mails and their keyed hashes, to find people by e-mail. Never send mail to a canonical e-mail."""

import unicodedata

from storage import sealing

# Providers that ignore dots, and the part after a plus, in the local part; with the aliases of their domains.
# At other providers dots and pluses may distinguish two people, so only case is folded.
_DOTS_AND_PLUS = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}
_PLUS = {
    **{domain: domain for domain in ("outlook.com", "hotmail.com", "live.com", "fastmail.com", "hey.com")},
    **dict.fromkeys(("icloud.com", "me.com", "mac.com"), "icloud.com"),
    **dict.fromkeys(("proton.me", "protonmail.com", "pm.me"), "proton.me"),
}


def canonical(email: str) -> str:
    """Normalise the spelling of an e-mail: "Ada.Byron+news@GoogleMail.com" becomes adabyron@gmail.com."""
    local, _, domain = unicodedata.normalize("NFKC", email.strip()).casefold().rpartition("@")
    domain = _ascii(domain.rstrip("."))
    if domain in _DOTS_AND_PLUS or domain in _PLUS:
        local = local.partition("+")[0] or local
    if domain in _DOTS_AND_PLUS:
        local = local.replace(".", "") or local
    return f"{local}@{_DOTS_AND_PLUS.get(domain) or _PLUS.get(domain, domain)}"


def newest_hash(email: str) -> str:
    """Return the hash that a row stores: keyed by the newest key."""
    return sealing.keys().hash(canonical(email))


def hashes(email: str) -> list[str]:
    """Return every hash that stored rows may have for the e-mail: by the newest key, then by the keys before it."""
    return sealing.keys().hashes(canonical(email))


def _ascii(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:  # not a valid domain name; compared as it is
        return domain
