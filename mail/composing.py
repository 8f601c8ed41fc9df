"""Composing: the subject and the text of every mail to a person."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Message:
    subject: str
    """Stored unencrypted: must hold no secret, and no name of a person."""
    text: str


def confirmation_request(title: str, url: str, valid_days: int) -> Message:
    """Compose the mail that asks a person to confirm a signature under the campaign with this title."""
    return Message(
        "Please confirm your signature",
        f"""Someone signed "{title}" with this e-mail address.

If it was you, please confirm your signature:
{url}

If it was not you, say so on the same page, and the signature is taken away.
The link is good for {valid_days} days. Opening it changes nothing by itself.
""",
    )


def sign_in_code(site: str | None, code: str, expires_at: datetime) -> Message:
    """Compose the mail with a code for signing in at the site. The mail gives the expiry as a time in UTC."""
    return Message(
        f"Your code for {site}",
        f"""Your code for signing in at {site}:

    {code}

It is good once, until {expires_at:%H:%M} UTC. Whoever has it can sign in as you: tell it to nobody.
If you did not ask for it, somebody typed your address, perhaps by mistake. Then do nothing.
""",
    )
