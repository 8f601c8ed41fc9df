"""Signing in by a code that is mailed: who can read a mailbox is who its address belongs to.

What is answered and what is written is the same whether or not anyone is known by an address. A wrong guess counts
even though it is refused.
"""

import hmac
import secrets
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlsplit

import storage
from mail import composing
from models import EmailAddress, MailKind, Session, SignInCode, emails, sign_in_codes
from refusals import CommittedRefusal, ProblemCode
from resolvers import account_merging, mails, screening, sessions
from resolvers.context import Context

DIGITS = 6
GOOD_FOR = timedelta(minutes=10)
TRIES = 5
HOUR = timedelta(hours=1)


async def request_sign_in(
    context: Context, email: Annotated[EmailAddress, "Where the code is mailed to; known here or not."]
) -> datetime:
    """Mail a six-digit code for `signIn`, good for ten minutes. A new one replaces the one before.

    The answer is always the same. An address gets at most SIGN_IN_MAILS codes an hour, so that nobody's mailbox is
    flooded; then the last one stays what it is.
    """
    address, at = screening.email(email), context.now()
    until, found_by = at + GOOD_FOR, emails.newest_hash(address)
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    most = context.settings.sign_in_mails
    if await storage.fetch_one(sign_in_codes.RENEW, found_by, _digest(found_by, code), until, at, at - HOUR, most):
        message = composing.sign_in_code(urlsplit(context.settings.site_url).hostname, code, until)
        await mails.post(context, MailKind.SIGN_IN_CODE, address, message, until)
    return until


async def sign_in(
    context: Context,
    email: Annotated[EmailAddress, "Where the code was mailed to."],
    code: Annotated[str, "The newest that was mailed; five tries, then it is good no more."],
) -> Session:
    """Show that an address is one's own, and go on as the person that it belongs to.

    A guest who sends their token along takes with them what they did: it becomes the person's, and the guest's token
    ends. Without a person of this address the guest becomes one; a visitor without a token becomes a new one, with
    the signatures that were given with the address. Another's comments are never taken over.
    """
    address, at = screening.email(email), context.now()
    found_by = emails.newest_hash(address)  # a code does not outlive a change of keys
    row = await storage.read_one(SignInCode, sign_in_codes.TRY, found_by, at + GOOD_FOR, at)
    _check(row, _digest(found_by, "".join(code.split())), at)
    await storage.fetch(sign_in_codes.USE, found_by, at)
    person = await account_merging.prove_email(context, address)
    return await sessions.begin(context, person.id, person.role)


def _check(row: SignInCode | None, digest: str, at: datetime) -> None:
    """Only who has the right code is told what became of it."""
    if row is None or row.try_count > TRIES:
        message = "Too many tries: ask for a new code with `requestSignIn`."
        raise CommittedRefusal(ProblemCode.RATE_LIMITED, message, "code")  # nothing to wait for
    if not hmac.compare_digest(row.digest, digest):
        message = "This is not the code that was mailed last: look for the newest mail, or ask for a new code."
        raise CommittedRefusal(ProblemCode.INVALID, message, "code")
    if row.used_at is not None or row.expires_at <= at:
        message = "The code was used, or its ten minutes are over: ask for a new one with `requestSignIn`."
        raise CommittedRefusal(ProblemCode.EXPIRED, message, "code")


def _digest(found_by: str, code: str) -> str:
    return storage.sealing.keys().hash(f"sign-in code {code} of {found_by}")
