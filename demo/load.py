"""Load the demo into a database: replay signatures, comments and votes by time, through the API's resolvers."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import fields, replace
from datetime import UTC, date, datetime, time
from functools import partial
from typing import Any

import models
import resolvers.campaign_input
import resolvers.campaigns
import resolvers.comments
import resolvers.moderation
import resolvers.partners
import resolvers.publications
import resolvers.reactions
import resolvers.signing
import resolvers.supporters
import resolvers.tallies
import resolvers.updates
import resolvers.votes
import storage
from auth.viewers import ANONYMOUS, Viewer
from demo import cleanup
from demo.campaigns import CAMPAIGNS
from demo.discussion import authors, discussion
from demo.people import STAFF
from demo.signatures import signatures
from demo.types import DemoCampaign, DemoComment, DemoPartner, DemoSignature, DonationAppeal
from live import Live
from models import CountryCode, EmailAddress, NameDisplay, Role, SafeInt
from resolvers.consents import ConsentQuestionDraft
from resolvers.context import Context
from settings import Settings

STEPS_PER_TRANSACTION = 200  # few: during a long transaction PostgreSQL cannot vacuum the rows that it replaces
_DRAFT_CREATED_AT = datetime(2000, 1, 1, tzinfo=UTC)

Step = tuple[datetime, Callable[[], Awaitable[Any]]]
Progress = Callable[[str, int, int], None]
"""Called with a description of the work, the number of steps done, and the number of all steps."""


async def main_campaign() -> models.Campaign | None:
    """Return the main campaign if the demo is loaded, which it is once its last campaign exists."""
    last, first = [await _find(campaign) for campaign in (CAMPAIGNS[-1], CAMPAIGNS[0])]
    return first if last else None


async def _find(campaign: DemoCampaign) -> models.Campaign | None:
    return await storage.read_one(models.Campaign, models.campaigns.select_by_slug(), campaign.slug)


async def load(settings: Settings, progress: Progress) -> None:
    """Load all campaigns, after deleting what an interrupted load has left.

    Raise SystemExit if a campaign of the same slug exists that the demo did not create.
    """
    async with storage.transaction():
        for campaign in CAMPAIGNS:
            if interrupted := await _find(campaign):
                await cleanup.delete_campaign(interrupted)
        team = await resolvers.supporters.create_supporter(
            STAFF.given_name, STAFF.family_name, NameDisplay.FULL_NAME, badge=models.Badge.STAFF
        )
    for campaign in CAMPAIGNS:
        await _CampaignLoader(settings, campaign, team.id, progress).run()


class _CampaignLoader:
    """Loads one campaign. `now` is the time of the step that is being replayed, and the clock of the resolvers."""

    def __init__(self, settings: Settings, campaign: DemoCampaign, team_id: int, progress: Progress) -> None:
        self.settings = replace(settings, counter_seconds=0)  # the past is published already
        self.campaign = campaign
        self.progress = progress
        self.team_id = team_id
        self.now = campaign.launched_at or _DRAFT_CREATED_AT
        self.admin_context = self._context(Viewer(Role.ADMIN, team_id))
        self.signed: list[DemoSignature] = signatures(campaign)
        self.visitor_context = self._context(ANONYMOUS)
        self.signer_ids: list[int] = []
        self.authors = authors(campaign, self.signed)
        self.partner_ids: list[int] = []
        self.comment_ids: dict[str, int] = {}
        self.campaign_id = 0

    def _context(self, viewer: Viewer) -> Context:
        return Context(self.settings, Live(), viewer, now=lambda: self.now)

    async def run(self) -> None:
        async with storage.transaction():  # together with the first signers, by whom cleanup recognizes the demo
            await self._create()
            steps = sorted(self._steps(), key=lambda step: step[0])
            await self._perform(steps[:STEPS_PER_TRANSACTION])
        for start in range(STEPS_PER_TRANSACTION, len(steps), STEPS_PER_TRANSACTION):
            batch = steps[start : start + STEPS_PER_TRANSACTION]
            async with storage.transaction():
                await self._perform(batch)
            self.progress(f"{self.campaign.title}: what happened", start + len(batch), len(steps))
            await asyncio.sleep(0)
        async with storage.transaction():
            await resolvers.publications.publish_countries(self.admin_context, self.campaign_id, datetime.now(UTC))

    async def _perform(self, steps: list[Step]) -> None:
        for self.now, perform in steps:
            await perform()

    async def _create(self) -> None:
        given = self.campaign
        row = await resolvers.campaigns.create_campaign(
            self.admin_context,
            slug=given.slug,
            title=given.title,
            call_to_action=given.call_to_action,
            target=given.target,
            body=given.body,
            hero_image=_convert(models.Image, given.hero_image),
            footnotes=[models.Footnote(note.text, models.URL(note.url or "")) for note in given.footnotes],
            timeline=[_convert(models.TimelineEntry, entry) for entry in given.timeline],
            resources=[_convert(models.Resource, resource) for resource in given.resources],
            consent_questions=[
                ConsentQuestionDraft(question.text, question.text_version, question.required)
                for question in given.consent_questions
            ],
            donation=_donation(given.donation),
            name_display_ceiling=NameDisplay(given.name_display_ceiling),
            launched_at=given.launched_at,
        )
        self.campaign_id = row.id
        for partner in given.partners:
            logo = _convert(models.Image, partner.logo)
            url = models.URL(partner.url) if partner.url else None
            added = await resolvers.partners.add_partner(
                self.admin_context, row.id, partner.name, url, logo, partner.role
            )
            self.partner_ids.append(added.partner.id)

    def _steps(self) -> Iterator[Step]:
        if self.campaign.launched_at is None:
            return
        yield self.campaign.launched_at, partial(self._change_state, models.CampaignState.LIVE)
        for index, signature in enumerate(self.signed):
            yield signature.signed_at, partial(self._sign, index)
        for partner_id, given in zip(self.partner_ids, self.campaign.partners, strict=True):
            yield _noon(given.signatures_as_of), partial(self._report_tally, partner_id, given)
        for update in self.campaign.updates:
            post = partial(resolvers.updates.post_update, self.admin_context, self.campaign_id)
            yield (
                update.posted_at,
                partial(post, update.title, update.body, update.is_pinned, update.posted_at),
            )
        for comment in discussion(self.campaign, self.signed):
            yield from self._comment_steps(comment)
        yield from self._final_steps()

    async def _sign(self, index: int) -> None:
        person = self.signed[index].person
        signed = await resolvers.signing.sign_petition(
            self.visitor_context,
            self.campaign_id,
            person.given_name,
            EmailAddress(f"{cleanup.signer_email_prefix(self.campaign_id)}{index}@example.org"),
            person.family_name,
            CountryCode(person.country),
            NameDisplay(person.name_display),
        )
        assert signed.signature.supporter_id is not None
        self.signer_ids.append(signed.signature.supporter_id)

    async def _report_tally(self, partner_id: int, given: DemoPartner) -> None:
        report = (SafeInt(given.signatures), given.signatures_as_of)
        await resolvers.tallies.report_partner_tally(self.admin_context, self.campaign_id, partner_id, *report)

    def _comment_steps(self, comment: DemoComment) -> Iterator[Step]:
        yield comment.created_at, partial(self._post_comment, comment)
        for vote in comment.votes:
            yield vote.voted_at, partial(self._vote, comment.key, vote.supporter_index, vote.direction)
        for reaction in comment.reactions:
            yield reaction.reacted_at, partial(self._react, comment.key, reaction.supporter_index, reaction.kind)

    def _context_of(self, supporter_id: int) -> Context:
        return self._context(Viewer(Role.ADMIN if supporter_id == self.team_id else Role.GUEST, supporter_id))

    async def _post_comment(self, comment: DemoComment) -> None:
        parent = self.comment_ids[comment.parent_key] if comment.parent_key else None
        supporter_index = self.authors[comment.author_index].supporter_index
        context = self._context_of(self.team_id if supporter_index is None else self.signer_ids[supporter_index])
        row = await resolvers.comments.post_comment(context, self.campaign_id, comment.body, parent)
        self.comment_ids[comment.key] = row.id

    async def _vote(self, key: str, supporter_index: int, direction: str) -> None:
        context = self._context_of(self.signer_ids[supporter_index])
        await resolvers.votes.cast_vote(context, self.comment_ids[key], models.VoteDirection(direction))

    async def _react(self, key: str, supporter_index: int, kind: str) -> None:
        context = self._context_of(self.signer_ids[supporter_index])
        await resolvers.reactions.add_reaction(context, self.comment_ids[key], models.ReactionKind(kind))

    def _final_steps(self) -> Iterator[Step]:
        state = models.CampaignState(self.campaign.state)
        if state is not models.CampaignState.LIVE:
            at = self.campaign.closed_at or self.campaign.signatures_end_at or self.now
            yield at, partial(self._change_state, state)
        policy = models.CommentPolicy(self.campaign.comment_policy)
        if policy is not models.CommentPolicy.OPEN:
            yield datetime.now(UTC), partial(self._set_comment_policy, policy)

    async def _change_state(self, state: models.CampaignState) -> None:
        outcome = self.campaign.outcome if state in models.campaigns.ENDED_STATES else None
        draft = _convert(resolvers.campaign_input.OutcomeDraft, outcome)
        await resolvers.campaigns.change_campaign_state(self.admin_context, self.campaign_id, state, draft)

    async def _set_comment_policy(self, policy: models.CommentPolicy) -> None:
        """Set the comment policy, and hold the two newest comments so that the moderation queue is not empty."""
        await resolvers.campaigns.update_campaign(self.admin_context, self.campaign_id, comment_policy=policy)
        for comment_id in list(self.comment_ids.values())[-2:]:
            decision = models.ModerationDecision.HOLD
            await resolvers.moderation.moderate_comment(self.admin_context, comment_id, decision, "Read once more.")


def _convert(target: Any, value: Any) -> Any:
    """Convert a value to the resolvers' dataclass whose fields have the same names."""
    if value is None:
        return None
    return target(**{f.name: getattr(value, f.name) for f in fields(target)})


def _donation(appeal: DonationAppeal | None) -> models.DonationAppeal | None:
    if appeal is None:
        return None
    amounts = [_convert(models.Money, money) for money in appeal.suggested_amounts]
    return models.DonationAppeal(appeal.prompt, models.URL(appeal.url), amounts)


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)
