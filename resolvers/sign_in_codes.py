"""Sign-in codes: sign in with a code that is mailed to an e-mail address.

A code belongs to the request that it was mailed for. Only the client that sent the request has its id, so that nobody
else can try the code or use up its tries. A wrong code is counted although the mutation is refused.

Nothing reveals whether an e-mail address is known, or whether its owner has asked for a code: the answers and the
statements of a request are the same for every address, and an id that no request has is answered like a wrong code.

Nobody is locked out: a mailbox gets at most SIGN_IN_MAILS codes an hour for one network, and MAILBOX_NETWORKS times as
many in all. The second half of these is kept for networks that have had none in that hour, and a network that has
signed in before by this mailbox gets its codes whatever others have asked for.

Guesses: a code can be guessed by whoever has asked for it, MAX_TRIES times, and no guess can match a request without a
code. So a stranger can guess 5 * 5 = 25 times an hour from one network, and 20 * 5 = 100 times with many networks, each
with a chance of one in a million, however many requests are sent: whoever tries all the time needs 40,000 hours on
average from one network, and 10,000 hours with many, and the owner gets a mail for each five guesses.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlsplit

import storage
from mail import composing
from models import EmailAddress, MailKind, Session, SignInMailbox, SignInRequest, emails, sign_in_codes
from refusals import CommittedRefusal, InputReason, ProblemCode, collect_issues
from resolvers import account_merging, mails, screening, sessions
from resolvers.context import Context
from resolvers.ids import SecretId

CODE_DIGITS = 6
CODE_LIFETIME = timedelta(minutes=10)
MAX_TRIES = 5
MAIL_LIMIT_WINDOW = timedelta(hours=1)
"""SIGN_IN_MAILS counts the mails of this time."""
MAILBOX_NETWORKS = 4
"""For how many networks a mailbox gets SIGN_IN_MAILS codes."""
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

    The answer is the same for every e-mail address. An e-mail address gets at most SIGN_IN_MAILS codes an hour for one
    network, so that no mailbox can be flooded; later requests are answered alike, and no code is mailed.
    """
    recipient, at = screening.email(email), context.now()
    expires_at, email_hash = at + CODE_LIFETIME, emails.newest_hash(recipient)
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    network_hash = _network_hash(context, recipient)
    is_mailed = await _count_mail(context, recipient, network_hash, at)
    request_id = SecretId(secrets.token_urlsafe(REQUEST_ID_BYTES))
    await storage.insert(
        SignInRequest,
        request_hash=_request_hash(request_id),
        email_hash=email_hash,
        network_hash=network_hash,
        digest=_digest(email_hash, code) if is_mailed else NO_DIGEST,
        expires_at=expires_at,
    )
    if is_mailed:
        message = composing.sign_in_code(urlsplit(context.settings.site_url).hostname, code, expires_at)
        await mails.post(context, MailKind.SIGN_IN_CODE, recipient, message, expires_at)
    return SignInRequested(request_id, expires_at)


async def _count_mail(context: Context, email: str, network_hash: str, at: datetime) -> bool:
    """Count a code to a mailbox, and return whether it may be mailed; refuse what exceeds MAIL_LIMITS.

    Another person's requests change neither the answer nor what is counted by MAIL_LIMITS.
    """
    statements, limit = sign_in_codes, context.settings.sign_in_mails
    (mailbox,) = await storage.read(
        SignInMailbox, statements.READ_COUNT, emails.flood_hash(email), at, at - MAIL_LIMIT_WINDOW
    )
    counted = (network_hash, mailbox.counted_since + CODE_LIFETIME, NO_DIGEST)
    network_count, is_known = await storage.fetch_one(statements.READ_NETWORK, *counted) or (0, False)
    refusal = await context.rate_limits.hit_mail(email, mails.network_of(context), is_known=bool(is_known))
    if refusal is not None:
        raise refusal
    most = limit * MAILBOX_NETWORKS if network_count == 0 else limit * MAILBOX_NETWORKS // 2
    is_mailed = network_count < limit and (bool(is_known) or mailbox.mail_count < most)
    if is_mailed:
        await storage.fetch(statements.COUNT_MAIL, mailbox.id, int(not is_known))
    return is_mailed


def _network_hash(context: Context, email: str) -> str:
    return storage.sealing.keys().hash(f"{emails.flood_hash(email)} from {context.network_hash()}")


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
    return await sessions.start_session(context, person.id, person.role, _network_hash(context, mailbox))


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
