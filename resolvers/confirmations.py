"""Confirmation of signatures by a mailed link.

A link proves who owns the mailbox. The proof is valid for one signature: it verifies no e-mail address of a person.
"""

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import blake2b
from hmac import compare_digest
from typing import Annotated

import storage
from mail import composing
from models import (
    Campaign,
    ConfirmationRequest,
    MailKind,
    Profile,
    Signature,
    SignatureState,
    confirmations,
    emails,
    signatures,
)
from refusals import ProblemCode, Refusal, invalid
from resolvers import mails, signature_counts
from resolvers.context import Context
from settings import Settings
from storage.sealed_ids import permutation

REQUEST_INTERVAL = timedelta(hours=1)
"""Minimum time between two confirmation requests to the same e-mail address, whoever enters the address."""
_TOKEN_BODY = struct.Struct(">qq")  # the signature's id, and when the request was mailed, in microseconds since 1970
_MAC_BYTES = 16
LINKS = b"confirmation links"
SEALED, PLAIN = b"sealed link", b"confirmation"
"""The MACs of two kinds of links. The signature's id is sealed, since two links would tell how many people signed
between; in the links of release 0.1 it is plain."""
_MICROSECONDS_PER_SECOND = 1_000_000


class ConfirmationDecision(StrEnum):
    CONFIRM = "CONFIRM"
    NOT_ME = "NOT_ME"


@dataclass(frozen=True, slots=True)
class ConfirmationResult:
    signature: Signature
    campaign: Campaign


async def confirm_signature(
    context: Context,
    token: Annotated[str, "The token of the mailed link."],
    decision: Annotated[
        ConfirmationDecision, "The decision of the owner of the e-mail address."
    ] = ConfirmationDecision.CONFIRM,
) -> ConfirmationResult:
    """Confirm a signature, or report that somebody else signed. Everyone who has the mailed link may do so.

    A link is valid for a limited time and for one decision. After that, it is EXPIRED, and `requestConfirmation`
    mails a new link.
    """
    now = context.now()
    signature, requested_at = await _lock_signature(context, token)
    _check_not_decided(signature, requested_at)
    if now > requested_at + timedelta(days=context.settings.confirm_days):
        raise Refusal(ProblemCode.EXPIRED, "This link has expired: ask for a new one.", "token")
    before = signature_counts.Counted.of(signature)
    confirms = decision is ConfirmationDecision.CONFIRM
    if confirms and signature.counted_hash is None and signature.email_hash is not None:
        await signature_counts.take_counted_slot(signature, [signature.email_hash])
    statement = confirmations.CONFIRM_SIGNATURE if confirms else confirmations.REJECT_SIGNATURE
    (signature,) = await storage.read(Signature, statement, signature.id, now)
    campaign = await signature_counts.update_counters(context, signature, before, now)
    if not confirms:
        passed_on = await signature_counts.pass_on_slot(context, campaign.id, signature.email_hash, None, now)
        campaign = passed_on or campaign
    return ConfirmationResult(signature, campaign)


async def request_confirmation(
    context: Context, token: Annotated[str, "The token of a link that has expired or was used."]
) -> Campaign:
    """Mail a new link to the e-mail address of the old link, at most one link an hour."""
    now = context.now()
    signature, requested_at = await _lock_signature(context, token)
    _check_is_latest(signature, requested_at)
    campaign = await signature_counts.read_campaign(signature)
    email = (await current_emails([signature])).get(signature.id)
    if email is None:
        raise Refusal(ProblemCode.CONFLICT, "The address has changed since: sign again.", "token")
    if refusal := await context.rate_limits.hit_mail(email, mails.network_of(context)):
        raise refusal
    if not await mail_request(context, campaign, signature, email, now):
        raise await _rate_limited(email, now)
    return campaign


async def _rate_limited(email: str, now: datetime) -> Refusal:
    last_request = await ConfirmationRequest.get_or_none(email_hash=emails.flood_hash(email))
    assert last_request is not None, "a request was refused because of this row"
    seconds = max(1, int((last_request.asked_at + REQUEST_INTERVAL - now).total_seconds()))
    message = "A mail is under way to this address: look for it, or ask again later."
    return Refusal(ProblemCode.RATE_LIMITED, message, "token", retry_after_seconds=seconds)


async def _lock_signature(context: Context, token: str) -> tuple[Signature, datetime]:
    """Lock the campaign, then the signature that the token is for. Return also when the token was mailed."""
    signature_id, requested_at = _parse_token(context.settings, token)
    unlocked = await Signature.get_or_none(id=signature_id)
    if unlocked is None:
        raise _invalid_token()
    await storage.fetch(signatures.LOCK_CAMPAIGN, unlocked.campaign_id)
    signature = await storage.read_one(Signature, signatures.LOCK_SIGNATURE, signature_id)
    if signature is None or signature.supporter_id is None:
        raise _invalid_token()
    return signature, requested_at


def _check_not_decided(signature: Signature, requested_at: datetime) -> None:
    _check_is_latest(signature, requested_at)
    if signature.decided_at is not None and signature.decided_at >= requested_at:
        message = "This link was used: the signature is refused."
        if signature.state is SignatureState.CONFIRMED:
            message = "This link was used: the signature is confirmed."
        raise Refusal(ProblemCode.EXPIRED, message, "token")


def _check_is_latest(signature: Signature, requested_at: datetime) -> None:
    """Refuse a link of a signature that was withdrawn, or signed again, perhaps with another e-mail address."""
    if signature.state is SignatureState.WITHDRAWN:
        raise Refusal(ProblemCode.CONFLICT, "The signature was taken back.", "token")
    if requested_at < signature.signed_at:
        raise Refusal(ProblemCode.CONFLICT, "It was signed anew since: use the link of the latest mail.", "token")


# ---------------------------------------------------------------- requests


async def request(context: Context, campaign: Campaign, signature: Signature, email: str, now: datetime) -> Signature:
    """Mail a confirmation request for a new signature, and schedule the first reminder.

    If another request was mailed to the email within REQUEST_INTERVAL, or if MAIL_LIMITS allow no mail now, the
    reminder is the first mail: no limit loses a request. The caller gets the same answer in each case.
    """
    is_limited = await context.rate_limits.hit_mail(email, mails.network_of(context)) is not None
    is_mailed = not is_limited and await mail_request(context, campaign, signature, email, now)
    may_remind = is_limited or (signature.is_counted and context.settings.reminders > signature.reminder_count)
    delay = timedelta(days=context.settings.remind_days) if is_mailed else REQUEST_INTERVAL
    (row,) = await storage.read(
        Signature, confirmations.SET_REMINDER, signature.id, now + delay if may_remind else None
    )
    return row


async def current_emails(rows: list[Signature]) -> dict[int, str]:
    """Return the signers' emails by signature id, without emails that have changed since the signature.

    Of the rows of earlier releases, those e-mails are left out that are read as another mailbox today.
    """
    supporter_ids = {row.supporter_id for row in rows if row.supporter_id}
    if not supporter_ids:
        return {}
    profiles = {profile.supporter_id: profile for profile in await Profile.filter(supporter_id__in=supporter_ids)}
    return {
        row.id: email
        for row in rows
        if (profile := profiles.get(row.supporter_id or 0))
        and (email := emails.mailable(profile.email, row.email_hash)) is not None
    }


async def mail_request(
    context: Context,
    campaign: Campaign,
    signature: Signature,
    email: str,
    now: datetime,
    kind: MailKind = MailKind.CONFIRM_SIGNATURE,
) -> bool:
    """Mail a confirmation link. Return False if another request was mailed to the email within REQUEST_INTERVAL."""
    if not await storage.fetch(confirmations.CLAIM_REQUEST, emails.flood_hash(email), now, now - REQUEST_INTERVAL):
        return False
    url = _confirmation_url(context.settings, signature.id, now)
    message = composing.confirmation_request(campaign.title, url, context.settings.confirm_days)
    await mails.post(context, kind, email, message)
    return True


# ---------------------------------------------------------------- tokens


def _confirmation_url(settings: Settings, signature_id: int, now: datetime) -> str:
    page = settings.confirm_url or f"{settings.site_url}/confirm"
    body = _TOKEN_BODY.pack(signature_id, int(now.timestamp()) * _MICROSECONDS_PER_SECOND + now.microsecond)
    sealed = permutation(settings.key, LINKS).encrypt(body)
    token = urlsafe_b64encode(sealed + _mac(settings, sealed, SEALED)).rstrip(b"=").decode()
    return f"{page}{'&' if '?' in page else '?'}token={token}"


def _parse_token(settings: Settings, token: str) -> tuple[int, datetime]:
    """Return the signature's id and the time of the request, after checking the token's MAC."""
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (Error, ValueError):
        raw = b""
    body, mac = raw[: _TOKEN_BODY.size], raw[_TOKEN_BODY.size :]
    if compare_digest(mac, _mac(settings, body, SEALED)):
        body = permutation(settings.key, LINKS).decrypt(body)
    elif not compare_digest(mac, _mac(settings, body, PLAIN)):
        raise _invalid_token()
    signature_id, requested_at = _TOKEN_BODY.unpack(body)
    seconds, microsecond = divmod(requested_at, _MICROSECONDS_PER_SECOND)
    return signature_id, datetime.fromtimestamp(seconds, UTC).replace(microsecond=microsecond)


def _mac(settings: Settings, body: bytes, person: bytes) -> bytes:
    return blake2b(body, key=settings.key, digest_size=_MAC_BYTES, person=person).digest()


def _invalid_token() -> Refusal:
    return invalid("This link is not one of ours: copy all of it from the mail.", "token")
