"""Sign-in codes: sign in with a code that is mailed to an e-mail address.

The answers and the statements are the same for a known and an unknown e-mail address. A wrong code is counted although
the mutation is refused.
"""

import hmac
import secrets
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlsplit

import storage
from mail import composing
from models import EmailAddress, MailKind, Session, SignInCode, emails, sign_in_codes
from refusals import CommittedRefusal, InputReason, ProblemCode, collect_issues
from resolvers import account_merging, mails, screening, sessions
from resolvers.context import Context

CODE_DIGITS = 6
CODE_LIFETIME = timedelta(minutes=10)
MAX_TRIES = 5
MAIL_LIMIT_WINDOW = timedelta(hours=1)
"""SIGN_IN_MAILS counts the mails of this time."""


async def request_sign_in(
    context: Context, email: Annotated[EmailAddress, "Where to mail the code; known here or not."]
) -> datetime:
    """Mail a six-digit code for `signIn`, valid for ten minutes. A new code replaces the previous one.

    The answer is always the same. An e-mail address gets at most SIGN_IN_MAILS codes an hour, so that no mailbox can
    be flooded; after that the last code stays valid.
    """
    recipient, at = screening.email(email), context.now()
    expires_at, email_hash = at + CODE_LIFETIME, emails.newest_hash(recipient)
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    values = (email_hash, _digest(email_hash, code), expires_at, at, at - MAIL_LIMIT_WINDOW)
    if await storage.fetch_one(sign_in_codes.REPLACE_CODE, *values, context.settings.sign_in_mails):
        message = composing.sign_in_code(urlsplit(context.settings.site_url).hostname, code, expires_at)
        await mails.post(context, MailKind.SIGN_IN_CODE, recipient, message, expires_at)
    return expires_at


async def sign_in(
    context: Context,
    email: Annotated[EmailAddress, "Where the code was mailed to."],
    code: Annotated[str, "The newest code that was mailed; after five tries it is no longer accepted."],
) -> Session:
    """Prove an e-mail address, and continue as the person it belongs to.

    If a guest's token is sent along, what the guest did becomes the person's, and the guest's token ends. If the e-mail
    address belongs to nobody, the guest becomes its owner; a visitor without a token becomes a new person, with the
    signatures that were given with the e-mail address. The comments of others are never taken over.
    """
    with collect_issues() as issues:
        mailbox = issues.take(screening.email, email)
        issues.take(screening.check_given, code.strip(), "code")
    at = context.now()
    email_hash = emails.newest_hash(mailbox)  # a code does not outlive a change of keys
    row = await storage.read_one(SignInCode, sign_in_codes.COUNT_TRY, email_hash, at + CODE_LIFETIME, at)
    _check_code(row, _digest(email_hash, "".join(code.split())), at)
    await SignInCode.filter(email_hash=email_hash).update(used_at=at)
    person = await account_merging.prove_email(context, mailbox)
    return await sessions.start_session(context, person.id, person.role)


def _check_code(row: SignInCode | None, digest: str, at: datetime) -> None:
    """Refuse too many tries, a wrong code, and a used or expired one; only the right code reveals the last two."""
    if row is None or row.try_count > MAX_TRIES:
        message = "Too many tries: ask for a new code with `requestSignIn`."
        raise CommittedRefusal(ProblemCode.RATE_LIMITED, message, "code")  # waiting does not help: no retry_after
    if not hmac.compare_digest(row.digest, digest):
        message = "This is not the code that was mailed last: look for the newest mail, or ask for a new code."
        raise CommittedRefusal(ProblemCode.INVALID, message, "code", reason=InputReason.UNKNOWN)
    if row.used_at is not None or row.expires_at <= at:
        message = "The code was used, or its ten minutes are over: ask for a new one with `requestSignIn`."
        raise CommittedRefusal(ProblemCode.EXPIRED, message, "code")


def _digest(email_hash: str, code: str) -> str:
    return storage.sealing.keys().hash(f"sign-in code {code} of {email_hash}")
