"""E-mails: parsing one, once, at the door; its mailbox, and the keyed hashes by which people are found.

`parse` is the only reading of an e-mail. Look-up, storage, the header of a mail and its SMTP envelope all use the one
value that it returns, so that no mail goes to another mailbox than the one that was looked up.
"""

import unicodedata

from email_validator import validate_email

from models.mailbox_providers import EARLIER_DOMAINS, EARLIER_IGNORING_DOTS, PROVIDER_OF_DOMAIN
from storage import sealing

MAX_EMAIL_LENGTH = 254
"""Characters of an e-mail (RFC 5321, section 4.5.3.1, with erratum 1690)."""
# characters without a glyph, which are copied together with a text
_INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"


def strip(text: str) -> str:
    """Remove white space and invisible characters around a text."""
    inner = text.strip()
    while (stripped := inner.strip(_INVISIBLE).strip()) != inner:
        inner = stripped
    return inner


def parse(text: str) -> str:
    """Return an e-mail as it is looked up, stored and mailed; raise ValueError if the text is not one e-mail.

    There is one @, an unquoted local part, and a public domain. The domain is in its ASCII form by IDNA 2008 (UTS 46),
    where every letter of a domain leads to the domain that mail servers find. Beyond ASCII a local part is folded
    (NFKC, lower case), and only that spelling is mailed, since several spellings of it have one hash.
    """
    if len(text) > MAX_EMAIL_LENGTH:
        raise ValueError("longer than an e-mail can be")
    text = strip(text)
    if text.count("@") != 1:
        raise ValueError("not one e-mail of a possible length")
    local, _, domain = text.removesuffix(".").partition("@")
    parsed = validate_email(
        f"{local if local.isascii() else _folded(local)}@{domain}",
        allow_quoted_local=False,
        allow_domain_literal=False,
        allow_display_name=False,
        strict=True,
        globally_deliverable=True,
        test_environment=False,
        check_deliverability=False,  # no DNS: nobody else hears who signs
    )
    email = f"{parsed.local_part}@{parsed.ascii_domain}"
    if email.count("@") != 1 or len(email.encode()) > MAX_EMAIL_LENGTH:
        raise ValueError("not one e-mail of a possible length")
    return email


def ascii_domain(domain: str) -> str:
    """Return a domain in its ASCII form by IDNA 2008 (UTS 46); raise ValueError if it has none."""
    if domain.isascii():
        return domain
    return validate_email(f"x@{domain}", globally_deliverable=False, check_deliverability=False).ascii_domain


def _folded(local: str) -> str:
    """Fold width, compatibility and case of a local part; folding twice changes nothing (Unicode, section 3.13)."""
    for _ in range(2):
        local = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", local).casefold())
    return local


def canonical(email: str) -> str:
    """Return the mailbox of a parsed e-mail: Ada.Byron+news@googlemail.com is adabyron@gmail.com.

    At a provider that is not in the table, dots and pluses may distinguish two people, so only case is folded.
    """
    local, _, domain = email.lower().rpartition("@")
    provider = PROVIDER_OF_DOMAIN.get(domain)
    return provider.mailbox(local, domain) if provider else f"{local}@{domain}"


def _earlier_canonical(email: str) -> str:
    """Return what release 0.1 took for the mailbox of a parsed e-mail, for rows that are not hashed again yet."""
    local, _, domain = email.lower().rpartition("@")
    if domain in EARLIER_DOMAINS:
        local = local.partition("+")[0] or local
    if domain in EARLIER_IGNORING_DOTS:
        local = local.replace(".", "") or local
    return f"{local}@{EARLIER_DOMAINS.get(domain, domain)}"


def newest_hash(email: str) -> str:
    """Return the hash that a row stores: keyed by the newest key."""
    return sealing.keys().hash(canonical(email))


def earlier_hash(email: str) -> str:
    """Return the hash of the mailbox that release 0.1 took an e-mail for, keyed by the newest key."""
    return sealing.keys().hash(_earlier_canonical(email))


def hashes(email: str) -> list[str]:
    """Return every hash that stored rows may have for the e-mail: the newest, then those of earlier keys and rules."""
    mailboxes = dict.fromkeys((canonical(email), _earlier_canonical(email)))
    return [one for mailbox in mailboxes for one in sealing.keys().hashes(mailbox)]


def flood_hash(email: str) -> str:
    """Return the hash by which mails to a mailbox are counted.

    The part after a plus is left out at every provider: a person whose provider tells such addresses apart waits for
    a mail a little longer, while a flood of mails to victim+1, victim+2, ... ends.
    """
    local, _, domain = canonical(email).rpartition("@")
    return sealing.keys().hash(f"{local.partition('+')[0] or local}@{domain}")


def mailable(email: str | None, email_hash: str | None) -> str | None:
    """Return a stored e-mail as it may be mailed; None if it is read as another than the one it was looked up by.

    Rows of earlier releases hold e-mails that were read by other rules, and a mail to them could reach a stranger.
    """
    try:
        parsed = parse(email or "")
    except ValueError:
        return None
    return parsed if email_hash in hashes(parsed) else None
