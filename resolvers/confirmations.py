"""Confirming a signature by a mailed link: it proves the mailbox, and decides nothing but this signature."""

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
from models import Campaign, MailKind, Profile, Signature, SignatureState, confirmations, signatures
from refusals import ProblemCode, Refusal, invalid
from resolvers import mails, signature_counts
from resolvers.context import Context
from settings import Settings

PAUSE = timedelta(hours=1)
"""For so long after a request an address gets no other, whoever types it where."""
_BODY = struct.Struct(">qq")  # the signature, and when it was asked for, in microseconds since 1970
_MAC = 16
_SECOND = 1_000_000


class ConfirmationDecision(StrEnum):
    CONFIRM = "CONFIRM"
    NOT_ME = "NOT_ME"


@dataclass(frozen=True, slots=True)
class Decided:
    signature: Signature
    campaign: Campaign


async def confirm_signature(
    context: Context,
    token: Annotated[str, "The token of the mailed link."],
    decision: Annotated[ConfirmationDecision, "What the owner of the address says."] = ConfirmationDecision.CONFIRM,
) -> Decided:
    """Say that a signature is one's own, or that it is not; whoever has the link may.

    A link is good for a time and for one decision, then it is EXPIRED: `requestConfirmation` mails a new one.
    """
    at = context.now()
    signature, asked_at = await _lock(context, token)
    _refuse_used(signature, asked_at)
    if at > asked_at + timedelta(days=context.settings.confirm_days):
        raise Refusal(ProblemCode.EXPIRED, "This link has expired: ask for a new one.", "token")
    was = signature.state if signature.is_counted else None
    confirms = decision is ConfirmationDecision.CONFIRM
    if confirms and signature.counted_hash is None and signature.address_hash is not None:
        await signature_counts.take_place(signature, [signature.address_hash], at)
    statement = confirmations.CONFIRM if confirms else confirmations.REFUSE
    (signature,) = await storage.read(Signature, statement, signature.id, at)
    return Decided(signature, await signature_counts.count(context, signature, was, at))


async def request_confirmation(
    context: Context, token: Annotated[str, "The token of a link that has expired or was used."]
) -> Campaign:
    """Mail a new link to where the old one went; at most one an hour."""
    at = context.now()
    signature, asked_at = await _lock(context, token)
    _refuse_gone(signature, asked_at)
    campaign = await signature_counts.campaign_of(signature)
    address = (await emails_of([signature])).get(signature.id)
    if address is None:
        raise Refusal(ProblemCode.CONFLICT, "The address has changed since: sign again.", "token")
    if not await send_request(context, campaign, signature, address, at):
        ((asked_at,),) = await storage.fetch(confirmations.ASKED_AT, signature.address_hash)
        raise _too_soon(asked_at, at)
    return campaign


def _too_soon(asked_at: datetime | str, at: datetime) -> Refusal:
    seconds = max(1, int((storage.fields.parse_instant(asked_at) + PAUSE - at).total_seconds()))
    message = "A mail is under way to this address: look for it, or ask again later."
    return Refusal(ProblemCode.RATE_LIMITED, message, "token", seconds)


async def _lock(context: Context, token: str) -> tuple[Signature, datetime]:
    """The signature that a link is for, with when that was asked for. The campaign's row is locked first."""
    number, asked_at = _read(context.settings, token)
    found = await storage.fetch_one(confirmations.CAMPAIGN_OF, number)
    if found is not None:
        await storage.fetch(signatures.TO_SIGN, found[0])
    signature = await storage.read_one(Signature, signatures.BY_ID, number) if found else None
    if signature is None or signature.supporter_id is None:
        raise _no_link()
    return signature, asked_at


def _refuse_used(signature: Signature, asked_at: datetime) -> None:
    _refuse_gone(signature, asked_at)
    if signature.decided_at is not None and signature.decided_at >= asked_at:
        said = "confirmed" if signature.state is SignatureState.CONFIRMED else "refused"
        raise Refusal(ProblemCode.EXPIRED, f"This link was used: the signature is {said}.", "token")


def _refuse_gone(signature: Signature, asked_at: datetime) -> None:
    if signature.state is SignatureState.WITHDRAWN:
        raise Refusal(ProblemCode.CONFLICT, "The signature was taken back.", "token")
    if asked_at < signature.signed_at:  # since then another address may have been given
        raise Refusal(ProblemCode.CONFLICT, "It was signed anew since: use the link of the latest mail.", "token")


# ---------------------------------------------------------------- asking


async def ask(context: Context, campaign: Campaign, signature: Signature, address: str, at: datetime) -> Signature:
    """Mail the link, or later if the address was written to just now. The answer is the same in both cases."""
    asked = await send_request(context, campaign, signature, address, at)
    reminds = signature.is_counted and context.settings.reminders > signature.reminder_count
    pause = timedelta(days=context.settings.remind_days) if asked else PAUSE
    (row,) = await storage.read(Signature, confirmations.REMIND_AT, signature.id, at + pause if reminds else None)
    return row


async def emails_of(rows: list[Signature]) -> dict[int, str]:
    """Where to write to, by signature: only if it is still the address that it was given with."""
    people = storage.json_list({row.supporter_id for row in rows if row.supporter_id})
    profiles = {p.supporter_id: p for p in await storage.read(Profile, confirmations.PROFILES, people)}
    found = {row.id: profiles.get(row.supporter_id or 0) for row in rows}
    return {
        row.id: profile.email
        for row in rows
        if (profile := found[row.id]) and profile.email and profile.email_hash == row.address_hash
    }


async def send_request(
    context: Context,
    campaign: Campaign,
    signature: Signature,
    address: str,
    at: datetime,
    kind: MailKind = MailKind.CONFIRM_SIGNATURE,
) -> bool:
    """Whether it was written to; an address that was within the hour is left alone."""
    if not await storage.fetch(confirmations.ASK, signature.address_hash, at, at - PAUSE):
        return False
    link = _link(context.settings, signature.id, at)
    message = composing.confirm_signature(campaign.title, link, context.settings.confirm_days)
    await mails.post(context, kind, address, message)
    return True


# ---------------------------------------------------------------- links


def _link(settings: Settings, signature_id: int, at: datetime) -> str:
    page = settings.confirm_url or f"{settings.site_url}/confirm"
    body = _BODY.pack(signature_id, int(at.timestamp()) * _SECOND + at.microsecond)
    token = urlsafe_b64encode(body + _mac(settings, body)).rstrip(b"=").decode()
    return f"{page}{'&' if '?' in page else '?'}token={token}"


def _read(settings: Settings, token: str) -> tuple[int, datetime]:
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (Error, ValueError):
        raw = b""
    body, mac = raw[: _BODY.size], raw[_BODY.size :]
    if not compare_digest(mac, _mac(settings, body)):
        raise _no_link()
    number, asked = _BODY.unpack(body)
    seconds, rest = divmod(asked, _SECOND)
    return number, datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)


def _mac(settings: Settings, body: bytes) -> bytes:
    return blake2b(body, key=settings.key, digest_size=_MAC, person=b"confirmation").digest()


def _no_link() -> Refusal:
    return invalid("This link is not one of ours: copy all of it from the mail.", "token")
