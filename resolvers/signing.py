"""Signing: putting one's name under a campaign, and taking it back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import models
import storage
from auth.tokens import issue_token
from auth.viewers import Integrator, Scope
from models import (
    Badge,
    Campaign,
    Comment,
    CountryCode,
    EmailAddress,
    NameDisplay,
    Role,
    Signature,
    SignatureState,
    Supporter,
    signatures,
)
from refusals import ProblemCode, Refusal, not_found
from resolvers import comments, confirmations, display_names, policies, screening, signature_counts, supporters
from resolvers.consents import Answer, give
from resolvers.context import Context
from resolvers.declarations import requires
from resolvers.ids import IdOf


@dataclass(frozen=True, slots=True)
class Signed:
    signature: Signature
    campaign: Campaign
    comment: Comment | None = None


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs, with which address, and what they have signed on this campaign before."""

    supporter: Supporter
    email: str
    country: str | None
    is_verified: bool = False
    before: Signature | None = None


@requires(Scope.SIGN)
async def sign_petition(
    context: Context,
    campaign_id: Annotated[int, IdOf("Campaign")],
    given_name: Annotated[str, "The name to be called by; one word is enough."],
    email: Annotated[EmailAddress, "Never shown. However it is spelled, an address counts once on a campaign."],
    family_name: Annotated[str | None, "Never shown in full unless `nameDisplay` says so."] = None,
    country: Annotated[CountryCode | None, "Where the person lives."] = None,
    name_display: Annotated[NameDisplay, "How much of the name others see."] = NameDisplay.FIRST_NAME_INITIAL,
    family_name_first: Annotated[bool, "Whether the family name is written before the given one."] = False,
    consents: Annotated[list[Answer], "What was asked beside it, and answered; at most 20."] = [],  # noqa: B006
    comment: Annotated[str | None, "Posted as a comment in the same act, as markdown."] = None,
) -> Signed:
    """Put one's name under a campaign. A visitor without a token becomes a guest by it.

    Who has signed already gets the signature that they have, and nothing is counted again. Where signatures are
    confirmed by mail, it is PENDING until then.
    """
    at, names = context.now(), (given_name, family_name, name_display)
    is_new = context.viewer.supporter_id is None or isinstance(context.viewer, Integrator)
    if not is_new:
        await display_names.lock_to_rename(context, campaign_id, *names, family_name_first=family_name_first)
    found = await storage.read_one(Campaign, signatures.TO_SIGN, campaign_id, names=signatures.SIGNED)
    campaign = policies.may_see_campaign(context, found, "campaignId")
    policies.is_signable(campaign)
    text = _checked_comment(context, campaign, comment)
    told = {
        "email": screening.email(email),
        "country": screening.country(country) if country else None,
        "family_name_first": family_name_first,
    }
    signer = await (_new_signer if is_new else _known_signer)(context, campaign, names, told)
    await give(signer.supporter.id, consents, at)
    return await _sign(context, campaign, signer, text, at)


async def _new_signer(context: Context, campaign: Campaign, names: Any, told: Any) -> Signer:
    """Whoever has no token is a new person, whatever the address, and so is each for whom a program speaks.

    An address that is known already thus gives no access to the person whose it is, and says nothing of them.
    """
    badge, ceiling = Badge.FIRST_TIME, campaign.name_display_ceiling
    supporter = await supporters.create(*names, **told, badge=badge, ceiling=ceiling)
    return Signer(supporter, told["email"], told["country"])


async def _known_signer(context: Context, campaign: Campaign, names: Any, told: Any) -> Signer:
    supporter, profile = await supporters.retell(context, campaign.name_display_ceiling, *names, **told)
    before = await storage.read_one(Signature, signatures.OWN, supporter.id, campaign.id)
    if before is None and supporter.badge is Badge.FIRST_TIME:
        await storage.fetch(models.supporters.NEW_NO_MORE, supporter.id)
    return Signer(supporter, profile.email or told["email"], profile.country, profile.email_verified, before)


async def _sign(context: Context, campaign: Campaign, signer: Signer, text: str | None, at: datetime) -> Signed:
    hashes, before = models.emails.hashes(signer.email), signer.before
    if before is not None and _is_as_good(before, hashes):
        signature, posted = await _speak(context, campaign, signer, before, text, at)
    else:
        signature, posted = await _write(context, campaign, signer, hashes, text, at)
    if signature.state is SignatureState.PENDING:
        signature = await confirmations.ask(context, campaign, signature, signer.email, at)
    elif _may_count(signature, hashes):
        signature = await signature_counts.take_place(signature, hashes, at)
    was = before.state if before and before.is_counted else None
    return Signed(signature, await signature_counts.count(context, signature, was, at), posted)


def _is_as_good(before: Signature, hashes: list[str]) -> bool:
    """Whether signing again would give nothing new. Another address than one that waits or was refused may do."""
    if before.state in (SignatureState.PENDING, SignatureState.REJECTED):
        return before.address_hash in hashes
    return before.state is SignatureState.CONFIRMED


def _may_count(signature: Signature, hashes: list[str]) -> bool:
    """Whether its place may have become free; it is that of its own address, whatever is typed now."""
    is_left_out = signature.state is SignatureState.CONFIRMED and not signature.is_counted
    return is_left_out and signature.address_hash in hashes


async def _write(
    context: Context, campaign: Campaign, signer: Signer, hashes: list[str], text: str | None, at: datetime
) -> tuple[Signature, Comment | None]:
    posted = await _post(context, campaign, signer, text, at)
    waits = campaign.confirm_signatures and not signer.is_verified
    (signature,) = await storage.read(
        Signature,
        signatures.SIGN_AGAIN if signer.before else signatures.SIGN,
        *(campaign.id, signer.supporter.id, SignatureState.PENDING if waits else SignatureState.CONFIRMED),
        *(signer.country, at, posted and posted.id, hashes[0], storage.json_list(hashes)),
    )
    return signature, posted


async def _speak(
    context: Context, campaign: Campaign, signer: Signer, signature: Signature, text: str | None, at: datetime
) -> tuple[Signature, Comment | None]:
    """The signature stays as it is; a comment is taken if there is none yet."""
    if signature.comment_id:
        posted = (await storage.by_ids(Comment, [signature.comment_id])).get(signature.comment_id)
    elif posted := await _post(context, campaign, signer, text, at):
        (signature,) = await storage.read(Signature, signatures.ADD_COMMENT, signature.id, posted.id)
    return signature, posted


def _checked_comment(context: Context, campaign: Campaign, text: str | None) -> str | None:
    if text is None or not text.strip():
        return None
    if isinstance(context.viewer, Integrator):  # everyone else becomes someone who may
        context.require(Scope.COMMENT)
    if not campaign.is_commentable:
        raise Refusal(ProblemCode.CLOSED, "The discussion of this campaign is closed: sign without it.", "comment")
    return screening.comment(text, context.settings, "comment")


async def _post(context: Context, campaign: Campaign, signer: Signer, text: str | None, at: datetime) -> Comment | None:
    if text is None:
        return None
    state = comments.screened_state(text, campaign, context, nudge=False)
    return await comments.post(context, campaign.id, None, signer.supporter.id, text, state, at)


async def signer_token(payload: Any, context: Context) -> str | None:
    """The bearer token of a signer who came without one; null for everyone else, and for whom a program speaks."""
    number = payload.signature.supporter_id
    if context.viewer.supporter_id is not None or (payload.replayed and await supporters.is_proven(number)):
        return None
    return issue_token(context.settings, number, Role.GUEST)


@requires(Scope.SIGN)
async def withdraw_signature(context: Context, campaign_id: Annotated[int, IdOf("Campaign")]) -> Signed:
    """Take one's signature back; a second time changes nothing. The ticker forgets who it was."""
    at, supporter_id = context.now(), context.supporter_id
    found = await storage.read_one(Campaign, signatures.TO_SIGN, campaign_id, names=signatures.SIGNED)
    policies.may_see_campaign(context, found, "campaignId")
    signature = await storage.read_one(Signature, signatures.OWN, supporter_id, campaign_id)
    if signature is None:
        raise not_found("signature of yours", "campaignId")
    if not signature.stands:
        return Signed(signature, await signature_counts.campaign_of(signature))
    was = signature.state if signature.is_counted else None
    (signature,) = await storage.read(Signature, signatures.TAKE_BACK, signature.id)
    return Signed(signature, await signature_counts.count(context, signature, was, at))
