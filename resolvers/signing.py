"""Signing a petition, with a comment if one is given, and withdrawing a signature."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import models
import storage
from auth.tokens import issue_token
from auth.viewers import STAFF, Integrator, Scope, Viewer
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
from refusals import ProblemCode, Refusal, collect_issues
from resolvers import comments, confirmations, display_names, policies, screening, signature_counts, supporters
from resolvers.consents import ConsentAnswer, checked_consents, record_consents
from resolvers.context import Context
from resolvers.declarations import requires
from resolvers.ids import IdOf
from resolvers.name_screening import check_not_official
from resolvers.signature_counts import Counted


@dataclass(frozen=True, slots=True)
class SigningResult:
    signature: Signature
    campaign: Campaign
    comment: Comment | None = None


@dataclass(frozen=True, slots=True)
class SignerDetails:
    """The person who signs, the email that the signature counts for, and the person's earlier signature, if any."""

    supporter: Supporter
    email: str
    country: str | None
    is_email_verified: bool = False
    earlier_signature: Signature | None = None


@requires(Scope.SIGN)
async def sign_petition(
    context: Context,
    campaign_id: Annotated[int, IdOf("Campaign")],
    given_name: Annotated[str, "The given name, or the only name."],
    email: Annotated[EmailAddress, "Never shown. Different spellings of an email count once on a campaign."],
    family_name: Annotated[str | None, "Shown in full only if `nameDisplay` says so."] = None,
    country: Annotated[CountryCode | None, "The country that the person lives in."] = None,
    name_display: Annotated[NameDisplay, "How much of the name others see."] = NameDisplay.FIRST_NAME_INITIAL,
    family_name_first: Annotated[bool, "Whether the family name is written before the given name."] = False,
    consents: Annotated[
        list[ConsentAnswer],
        "The answers to `Campaign.consentQuestions`; at most 20. Where there are none, to those of the form.",
    ] = [],  # noqa: B006
    comment: Annotated[str | None, "A comment in markdown, posted together with the signature."] = None,
) -> SigningResult:
    """Sign a petition. A visitor without a token becomes a guest.

    A person who has signed already gets their existing signature, and nothing is counted again. On campaigns that
    confirm signatures by mail, the signature is PENDING until it is confirmed.
    """
    at = context.now()
    is_new = context.viewer.supporter_id is None or isinstance(context.viewer, Integrator)
    if not is_new:
        await display_names.lock_campaigns_before_rename(
            context, campaign_id, given_name, family_name, name_display, family_name_first=family_name_first
        )
    row = await storage.read_one(Campaign, signatures.LOCK_CAMPAIGN, campaign_id, names=signatures.SIGNING_COLUMNS)
    with collect_issues() as issues:
        campaign = issues.take(_signable_campaign, context, row)
        comment_text = issues.take(_screened_comment, context, campaign, comment)
        details = {
            "email": issues.take(screening.email, email),
            "country": issues.take(screening.country, country) if country else None,
            "family_name_first": family_name_first,
        }
        given_name = issues.take(screening.name, given_name, "givenName")
        names = (given_name, issues.take(screening.family_name, family_name), name_display)
        if context.viewer.role not in STAFF:
            issues.take(check_not_official, given_name or "", names[1], context.settings.site_name)
        answers = await checked_consents(context, consents, campaign.consent_questions if campaign else ())
    signer = await (_new_signer if is_new else _known_signer)(context, campaign, names, details)
    await record_consents(signer.supporter.id, answers, at)
    return await _sign(context, campaign, signer, comment_text, at)


async def _new_signer(context: Context, campaign: Campaign, names: Any, details: Any) -> SignerDetails:
    """Create a person for a signer without a token, or for each signer that an API key signs for.

    The person is new also if the email is known: typing an email gives no access to the email's owner, and does not
    reveal that the owner has signed.
    """
    badge, ceiling = Badge.FIRST_TIME, campaign.name_display_ceiling
    supporter = await supporters.create_supporter(*names, **details, badge=badge, ceiling=ceiling)
    return SignerDetails(supporter, details["email"], details["country"])


async def _known_signer(context: Context, campaign: Campaign, names: Any, details: Any) -> SignerDetails:
    """Update the viewer's profile from the form, and lock the viewer's earlier signature."""
    supporter, profile = await supporters.update_from_signing(context, campaign.name_display_ceiling, *names, **details)
    earlier = await storage.read_one(Signature, signatures.LOCK_OWN_SIGNATURE, supporter.id, campaign.id)
    if earlier is None and supporter.badge is Badge.FIRST_TIME:
        await storage.fetch(models.supporters.CLEAR_FIRST_TIME_BADGE, supporter.id)
    email = profile.email or details["email"]
    return SignerDetails(supporter, email, profile.country, profile.email_verified, earlier)


async def _sign(
    context: Context, campaign: Campaign, signer: SignerDetails, comment_text: str | None, at: datetime
) -> SigningResult:
    email_hashes, earlier = models.emails.hashes(signer.email), signer.earlier_signature
    before = Counted.of(earlier)
    if earlier is not None and _is_repeated(earlier, email_hashes):
        signature, comment = await _add_comment(context, campaign, signer, earlier, comment_text, at)
    else:
        signature, comment = await _write_signature(context, campaign, signer, email_hashes, comment_text, at)
    if signature.state is SignatureState.PENDING:
        signature = await confirmations.request(context, campaign, signature, signer.email, at)
    elif earlier is not None and _may_take_counted_slot(signature, email_hashes):
        signature = await signature_counts.take_counted_slot(signature, email_hashes)
    campaign = await signature_counts.update_counters(context, signature, before, at)
    if earlier is not None and earlier.counted_hash not in (None, *email_hashes):  # signed anew with another email
        passed_on = await signature_counts.pass_on_slot(context, campaign.id, earlier.counted_hash, None, at)
        campaign = passed_on or campaign
    return SigningResult(signature, campaign, comment)


def _is_repeated(earlier: Signature, email_hashes: list[str]) -> bool:
    """Return whether signing again changes nothing. Another email renews a pending or rejected signature."""
    if earlier.state in (SignatureState.PENDING, SignatureState.REJECTED):
        return earlier.email_hash in email_hashes
    return earlier.state is SignatureState.CONFIRMED


def _may_take_counted_slot(signature: Signature, email_hashes: list[str]) -> bool:
    """Return whether a confirmed signature that is not counted may be counted for the email it was given with."""
    is_uncounted = signature.state is SignatureState.CONFIRMED and not signature.is_counted
    return is_uncounted and signature.email_hash in email_hashes


async def _write_signature(
    context: Context,
    campaign: Campaign,
    signer: SignerDetails,
    email_hashes: list[str],
    comment_text: str | None,
    at: datetime,
) -> tuple[Signature, Comment | None]:
    """Insert a signature, or renew the withdrawn or rejected one."""
    comment = await _post_comment(context, campaign, signer, comment_text, at)
    is_pending = campaign.confirm_signatures and not signer.is_email_verified
    if not is_pending:
        await signature_counts.release_counted_slot(campaign.id, email_hashes)
    (signature,) = await storage.read(
        Signature,
        signatures.UPDATE_SIGNED_AGAIN if signer.earlier_signature else signatures.INSERT_SIGNATURE,
        *(campaign.id, signer.supporter.id, SignatureState.PENDING if is_pending else SignatureState.CONFIRMED),
        *(signer.country, at, comment and comment.id, email_hashes[0], storage.json_list(email_hashes)),
    )
    return signature, comment


async def _add_comment(
    context: Context,
    campaign: Campaign,
    signer: SignerDetails,
    signature: Signature,
    comment_text: str | None,
    at: datetime,
) -> tuple[Signature, Comment | None]:
    """Leave the signature unchanged, and post the comment unless the signature has one already."""
    if signature.comment_id:
        comment = (await storage.by_ids(Comment, [signature.comment_id])).get(signature.comment_id)
    elif comment := await _post_comment(context, campaign, signer, comment_text, at):
        (signature,) = await storage.read(Signature, signatures.UPDATE_COMMENT, signature.id, comment.id)
    return signature, comment


def _signable_campaign(context: Context, row: Campaign | None) -> Campaign:
    campaign = policies.check_view_campaign(context, row, "campaignId")
    policies.check_sign(context, campaign)
    return campaign


def _screened_comment(context: Context, campaign: Campaign | None, text: str | None) -> str | None:
    if text is None or not text.strip():
        return None
    if isinstance(context.viewer, Integrator):  # everyone else signs as a guest, who may comment
        context.require(Scope.COMMENT)
    if campaign is not None and not campaign.is_commentable:
        raise Refusal(ProblemCode.CLOSED, "The discussion of this campaign is closed: sign without it.", "comment")
    return screening.comment(text, context.settings, "comment")


async def _post_comment(
    context: Context, campaign: Campaign, signer: SignerDetails, text: str | None, at: datetime
) -> Comment | None:
    if text is None:
        return None
    state, held_because = comments.initial_state(text, campaign, context)
    signer_id = signer.supporter.id
    return await comments.create_comment(context, campaign.id, None, signer_id, text, state, at, held_because)


async def access_token(payload: Any, context: Context) -> str | None:
    """The bearer token of a signer who had none; null for everyone else, and for API keys."""
    guest_id = await _new_guest_id(payload, context)
    return None if guest_id is None else issue_token(context.settings, guest_id, Role.GUEST)


async def viewer(payload: Any, context: Context) -> Viewer:
    """The viewer of the client's next requests: the new guest if there is an `accessToken`, otherwise as before.

    A guest is always a new person, whether the e-mail address is known or not.
    """
    guest_id = await _new_guest_id(payload, context)
    return context.viewer if guest_id is None else Viewer(Role.GUEST, guest_id)


async def _new_guest_id(payload: Any, context: Context) -> int | None:
    """Return the id of a signer without a token; None for everyone else, and for API keys.

    A retry gives no access to a person who has proven an e-mail since, and none to whoever has guessed the key.
    """
    supporter_id: int = payload.signature.supporter_id
    if not payload.may_have_token:
        return None
    if context.viewer.supporter_id is not None or (payload.replayed and not await supporters.is_guest(supporter_id)):
        return None
    return supporter_id


@requires(Scope.SIGN)
async def withdraw_signature(context: Context, campaign_id: Annotated[int, IdOf("Campaign")]) -> SigningResult:
    """Withdraw one's signature; a second time changes nothing. The activity log no longer names the signer."""
    at, supporter_id = context.now(), context.supporter_id
    row = await storage.read_one(Campaign, signatures.LOCK_CAMPAIGN, campaign_id, names=signatures.SIGNING_COLUMNS)
    policies.check_view_campaign(context, row, "campaignId")
    own = await storage.read_one(Signature, signatures.LOCK_OWN_SIGNATURE, supporter_id, campaign_id)
    signature = policies.check_withdraw(context, own)
    if not signature.is_active:
        return SigningResult(signature, await signature_counts.read_campaign(signature))
    before = Counted.of(signature)
    withdrawn = {
        "state": SignatureState.WITHDRAWN,
        "counted_hash": None,
        "remind_at": None,
        "is_unannounced": False,
    }
    await Signature.filter(id=signature.id).update(**withdrawn)
    signature.update_from_dict(withdrawn)
    campaign = await signature_counts.update_counters(context, signature, before, at)
    passed_on = await signature_counts.pass_on_slot(context, campaign.id, signature.email_hash, supporter_id, at)
    return SigningResult(signature, passed_on or campaign)
