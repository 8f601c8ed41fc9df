"""Puts the demo campaigns into an empty database: what people do, through the resolvers that the API uses."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import fields
from datetime import UTC, datetime, time
from functools import partial
from typing import Any

import models
import resolvers.campaigns
import resolvers.comments
import resolvers.drafting
import resolvers.moderation
import resolvers.partners
import resolvers.reactions
import resolvers.signing
import resolvers.supporters
import resolvers.tallies
import resolvers.updates
import resolvers.votes
import storage
from auth.viewers import ANONYMOUS, Viewer
from demo import remains
from demo.campaigns import CAMPAIGNS
from demo.discussion import authors, discussion
from demo.people import STAFF
from demo.shapes import Campaign, DemoComment, DemoSignature, Partner
from demo.signatures import signatures
from live import Live
from models import CountryCode, EmailAddress, NameDisplay, Role
from resolvers.context import Context
from settings import Settings

BATCH = 200  # of what happened, in one transaction: in a long one PostgreSQL can't clear away what it replaces
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)

Step = tuple[datetime, Callable[[], Awaitable[Any]]]
Progress = Callable[[str, int, int], None]
"""Told what is being loaded, how far it is, and how far it goes."""


async def main_campaign() -> models.Campaign | None:
    """The first of the demo's campaigns, once all of them are loaded: the last is there only then."""
    last, first = [await _found(campaign) for campaign in (CAMPAIGNS[-1], CAMPAIGNS[0])]
    return first if last else None


async def _found(campaign: Campaign) -> models.Campaign | None:
    return await storage.read_one(models.Campaign, models.campaigns.by_slug(), campaign.slug)


async def load(settings: Settings, progress: Progress) -> None:
    """Everything, each campaign in the order in which it happened.

    What a load that was broken off has left is taken away first. Another's campaign of the same name is not: SystemExit.
    """
    async with storage.transaction():
        for campaign in CAMPAIGNS:
            if left := await _found(campaign):
                await remains.remove(left)
        team = await resolvers.supporters.create(
            STAFF.given_name, STAFF.family_name, NameDisplay.FULL_NAME, badge=models.Badge.STAFF
        )
    for campaign in CAMPAIGNS:
        await _Loading(settings, campaign, team.id, progress).run()


class _Loading:
    """One campaign being loaded."""

    def __init__(self, settings: Settings, campaign: Campaign, team: int, progress: Progress) -> None:
        self.settings = settings
        self.campaign = campaign
        self.progress = progress
        self.team = team
        self.at = campaign.launched_at or EPOCH
        self.context = self._context(Viewer(Role.ADMIN, team))
        self.signed: list[DemoSignature] = signatures(campaign)
        self.visitor = self._context(ANONYMOUS)
        self.signers: list[int] = []
        self.authors = authors(campaign, self.signed)
        self.partners: list[int] = []
        self.comments: dict[str, int] = {}
        self.id = 0

    def _context(self, viewer: Viewer) -> Context:
        return Context(self.settings, Live(), viewer, now=lambda: self.at)

    async def run(self) -> None:
        async with storage.transaction():  # with its first signers: by them it is known as the demo's
            await self._create()
            steps = sorted(self._steps(), key=lambda step: step[0])
            await self._happen(steps[:BATCH])
        for start in range(BATCH, len(steps), BATCH):
            part = steps[start : start + BATCH]
            async with storage.transaction():
                await self._happen(part)
            self.progress(f"{self.campaign.title}: what happened", start + len(part), len(steps))
            await asyncio.sleep(0)

    async def _happen(self, steps: list[Step]) -> None:
        for self.at, perform in steps:
            await perform()

    async def _create(self) -> None:
        given = self.campaign
        row = await resolvers.campaigns.create_campaign(
            self.context,
            slug=given.slug,
            title=given.title,
            call_to_action=given.call_to_action,
            target=given.target,
            body=given.body,
            hero_image=_as(models.Image, given.hero_image),
            footnotes=[models.Footnote(note.text, models.URL(note.url or "")) for note in given.footnotes],
            timeline=[_as(models.TimelineEntry, entry) for entry in given.timeline],
            resources=[_as(models.Resource, resource) for resource in given.resources],
            donation=_donation(given),
            name_display_ceiling=NameDisplay(given.name_display_ceiling),
            launched_at=given.launched_at,
        )
        self.id = row.id
        for partner in given.partners:
            logo = _as(models.Image, partner.logo)
            url = models.URL(partner.url) if partner.url else None
            added = await resolvers.partners.add_partner(self.context, row.id, partner.name, url, logo, partner.role)
            self.partners.append(added.partner.id)

    def _steps(self) -> Iterator[Step]:
        if self.campaign.launched_at is None:
            return
        yield self.campaign.launched_at, partial(self._state, models.CampaignState.LIVE)
        for number, signature in enumerate(self.signed):
            yield signature.signed_at, partial(self._sign, number)
        for partner_id, given in zip(self.partners, self.campaign.partners, strict=True):
            yield _noon(given.signatures_as_of), partial(self._report, partner_id, given)
        for update in self.campaign.updates:
            post = partial(resolvers.updates.post_update, self.context, self.id)
            yield (
                update.posted_at,
                partial(post, update.title, update.body, update.is_pinned, update.posted_at),
            )
        for comment in discussion(self.campaign, self.signed):
            yield from self._conversation(comment)
        yield from self._ending()

    async def _sign(self, number: int) -> None:
        person = self.signed[number].person
        signed = await resolvers.signing.sign_petition(
            self.visitor,
            self.id,
            person.given_name,
            EmailAddress(f"{remains.signers(self.id)}{number}@example.org"),
            person.family_name,
            CountryCode(person.country),
            NameDisplay(person.name_display),
        )
        assert signed.signature.supporter_id is not None
        self.signers.append(signed.signature.supporter_id)

    async def _report(self, partner_id: int, given: Partner) -> None:
        report = (given.signatures, given.signatures_as_of)
        await resolvers.tallies.report_partner_tally(self.context, self.id, partner_id, *report)

    def _conversation(self, comment: DemoComment) -> Iterator[Step]:
        yield comment.created_at, partial(self._comment, comment)
        for vote in comment.votes:
            yield vote.voted_at, partial(self._vote, comment.key, vote.supporter, vote.direction)
        for reaction in comment.reactions:
            yield reaction.reacted_at, partial(self._react, comment.key, reaction.supporter, reaction.kind)

    def _as_guest(self, number: int) -> Context:
        return self._context(Viewer(Role.ADMIN if number == self.team else Role.GUEST, number))

    async def _comment(self, comment: DemoComment) -> None:
        parent = self.comments[comment.parent_key] if comment.parent_key else None
        supporter = self.authors[comment.author].supporter
        context = self._as_guest(self.team if supporter is None else self.signers[supporter])
        row = await resolvers.comments.post_comment(context, self.id, comment.body, parent)
        self.comments[comment.key] = row.id

    async def _vote(self, key: str, supporter: int, direction: str) -> None:
        context = self._as_guest(self.signers[supporter])
        await resolvers.votes.cast_vote(context, self.comments[key], models.VoteDirection(direction))

    async def _react(self, key: str, supporter: int, kind: str) -> None:
        context = self._as_guest(self.signers[supporter])
        await resolvers.reactions.add_reaction(context, self.comments[key], models.ReactionKind(kind))

    def _ending(self) -> Iterator[Step]:
        state = models.CampaignState(self.campaign.state)
        if state is not models.CampaignState.LIVE:
            at = self.campaign.closed_at or self.campaign.signatures_end_at or self.at
            yield at, partial(self._state, state)
        policy = models.CommentPolicy(self.campaign.comment_policy)
        if policy is not models.CommentPolicy.OPEN:
            yield datetime.now(UTC), partial(self._close_discussion, policy)

    async def _state(self, state: models.CampaignState) -> None:
        outcome = self.campaign.outcome if state in models.campaigns.ENDED else None
        draft = _as(resolvers.drafting.OutcomeDraft, outcome)
        await resolvers.campaigns.change_campaign_state(self.context, self.id, state, draft)

    async def _close_discussion(self, policy: models.CommentPolicy) -> None:
        """From now on comments wait; the last two that came are taken back, so that the queue is not empty."""
        await resolvers.campaigns.update_campaign(self.context, self.id, comment_policy=policy)
        for comment_id in list(self.comments.values())[-2:]:
            decision = models.ModerationDecision.HOLD
            await resolvers.moderation.moderate_comment(self.context, comment_id, decision, "Read once more.")


def _as(target: Any, value: Any) -> Any:
    """The demo's value as the resolver's, whose fields have the same names."""
    if value is None:
        return None
    return target(**{f.name: getattr(value, f.name) for f in fields(target)})


def _donation(campaign: Campaign) -> models.DonationAppeal | None:
    if campaign.donation is None:
        return None
    amounts = [_as(models.Money, money) for money in campaign.donation.suggested_amounts]
    return models.DonationAppeal(campaign.donation.prompt, models.URL(campaign.donation.url), amounts)


def _noon(day: Any) -> datetime:
    return datetime.combine(day, time(12), UTC)
