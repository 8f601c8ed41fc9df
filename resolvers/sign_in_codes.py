"""Sign-in codes: sign in with a code that is mailed to an e-mail address.

A code belongs to the request that it was mailed for. Only the client that sent the request has its id, so that nobody
else can try the code or use up its tries. A wrong code is counted although the mutation is refused.

Nothing reveals whether an e-mail address is known, or whether its owner has asked for a code: the answers and the
statements of a request are the same for every address, and an id that no request has is answered like a wrong code.

Guesses: a code can be guessed by whoever has asked for it, MAX_TRIES times. Of the requests for one e-mail address
only SIGN_IN_MAILS in an hour have a code, and no guess can match the others. So an address can be guessed at
5 * 5 = 25 times an hour, each with a chance of one in a million, however many requests are sent: a stranger who tries
all the time needs 40,000 hours on average, more than four years, and the owner gets a mail for each five guesses.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlsplit

import storage
from mail import composing
from models import EmailAddress, MailKind, Session, SignInRequest, emails, sign_in_codes
from refusals import CommittedRefusal, InputReason, ProblemCode, collect_issues
from resolvers import account_merging, mails, screening, sessions
from resolvers.context import Context
from resolvers.ids import SecretId

CODE_DIGITS = 6
CODE_LIFETIME = timedelta(minutes=10)
MAX_TRIES = 5
MAIL_LIMIT_WINDOW = timedelta(hours=1)
"""SIGN_IN_MAILS counts the mails of this time."""
REQUEST_ID_BYTES = 16
NO_DIGEST = "0" * 64
"""The digest of a request without a code: no code has it."""


@dataclass(frozen=True)
class SignInRequested:
    request_id: SecretId
    expires_at: datetime


async def request_sign_in(
    context: Context, email: Annotated[EmailAddress, "Where to mail the code; known here or not."]
) -> SignInRequested:
    """Mail a six-digit code for `signIn`, valid for ten minutes, and only together with the `requestId`.

    The answer is the same for every e-mail address. An e-mail address gets at most SIGN_IN_MAILS codes an hour, so that
    no mailbox can be flooded; later requests are answered alike, and no code is mailed.
    """
    recipient, at = screening.email(email), context.now()
    expires_at, email_hash = at + CODE_LIFETIME, emails.newest_hash(recipient)
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    limit = (at - MAIL_LIMIT_WINDOW, context.settings.sign_in_mails)
    is_mailed = await storage.fetch_one(sign_in_codes.COUNT_MAIL, email_hash, at, *limit) is not None
    request_id = SecretId(secrets.token_urlsafe(REQUEST_ID_BYTES))
    await storage.insert(
        SignInRequest,
        request_hash=_request_hash(request_id),
        email_hash=email_hash,
        digest=_digest(email_hash, code) if is_mailed else NO_DIGEST,
        expires_at=expires_at,
    )
    if is_mailed:
        message = composing.sign_in_code(urlsplit(context.settings.site_url).hostname, code, expires_at)
        await mails.post(context, MailKind.SIGN_IN_CODE, recipient, message, expires_at)
    return SignInRequested(request_id, expires_at)


async def sign_in(
    context: Context,
    email: Annotated[EmailAddress, "Where the code was mailed to."],
    request_id: Annotated[SecretId, "The `requestId` of the request that the code was mailed for."],
    code: Annotated[str, "The code that was mailed; after five tries it is no longer accepted."],
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
    row = await storage.read_one(SignInRequest, sign_in_codes.COUNT_TRY, _request_hash(request_id))
    digest = _digest(emails.newest_hash(mailbox), "".join(code.split()))  # a code does not outlive a change of keys
    await SignInRequest.filter(id=_checked_request(row, digest, at).id).update(used_at=at)
    person = await account_merging.prove_email(context, mailbox)
    return await sessions.start_session(context, person.id, person.role)


def _checked_request(row: SignInRequest | None, digest: str, at: datetime) -> SignInRequest:
    """Refuse too many tries, a wrong code, and a used or expired one; only the right code reveals the last two."""
    if row is not None and row.try_count > MAX_TRIES:
        message = "Too many tries: ask for a new code with `requestSignIn`."
        raise CommittedRefusal(ProblemCode.RATE_LIMITED, message, "code")  # waiting does not help: no retry_after
    if row is None or not hmac.compare_digest(row.digest, digest):
        message = "This is not the code that was mailed for this request: look for its mail, or ask for a new code."
        raise CommittedRefusal(ProblemCode.INVALID, message, "code", reason=InputReason.UNKNOWN)
    if row.used_at is not None or row.expires_at <= at:
        message = "The code was used, or its ten minutes are over: ask for a new one with `requestSignIn`."
        raise CommittedRefusal(ProblemCode.EXPIRED, message, "code")
    return row


def _digest(email_hash: str, code: str) -> str:
    return storage.sealing.keys().hash(f"sign-in code {code} of {email_hash}")


def _request_hash(request_id: str) -> str:
    return storage.sealing.keys().hash(f"sign-in request {request_id}")
