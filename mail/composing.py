"""Composing: the subject and the text of every mail to a person."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Message:
    subject: str
    """Stored in the clear: it must hold no secret, and name nobody."""
    text: str


def confirm_signature(title: str, link: str, days: int) -> Message:
    """Compose the request to confirm a signature under the campaign of this title."""
    return Message(
        "Please confirm your signature",
        f"""Someone signed "{title}" with this e-mail address.

If it was you, please confirm your signature:
{link}

If it was not you, say so on the same page, and the signature is taken away.
The link is good for {days} days. Opening it changes nothing by itself.
""",
    )


def sign_in_code(site: str | None, code: str, until: datetime) -> Message:
    """Compose the mail with a code for signing in at the site, good until this time in UTC."""
    return Message(
        f"Your code for {site}",
        f"""Your code for signing in at {site}:

    {code}

It is good once, until {until:%H:%M} UTC. Whoever has it can sign in as you: tell it to nobody.
If you did not ask for it, somebody typed your address, perhaps by mistake. Then do nothing.
""",
    )
