"""Puts the demo campaigns into an empty database: what people do, through the resolvers that the API uses."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import fields
from datetime import UTC, datetime, time
from functools import partial
from typing import Any

import models
import resolvers.campaigns
import resolvers.comments
import resolvers.drafting
import resolvers.moderation
import resolvers.reactions
import resolvers.supporters
import resolvers.votes
from demo.campaigns import CAMPAIGNS
from demo.discussion import authors, discussion
from demo.people import STAFF
from demo.shapes import Campaign, DemoComment, DemoSignature, Person
from demo.signatures import milestones, signatures
from live import Live
from models import ActivityKind, NameDisplay, Role, SubjectType
from resolvers.activity import record
from resolvers.auth import Viewer
from resolvers.context import Context
from resolvers.names import display_name
from resolvers.screening import tidy
from settings import Settings

BATCH = 200  # of the ticker's rows
CHUNK = 5_000  # rows between two looks at the progress bar
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)

Step = tuple[datetime, Callable[[], Awaitable[Any]]]
Progress = Callable[[str, int, int], None]
"""Told what is being loaded, how far it is, and how far it goes."""


async def main_campaign() -> models.Campaign | None:
    """The first of the demo's campaigns, once it is loaded."""
    return await models.read_one(models.Campaign, models.campaigns.by_slug(), CAMPAIGNS[0].slug)


async def load(settings: Settings, progress: Progress) -> None:
    """Everything, each campaign in the order in which it happened."""
    async with models.transaction():  # one for all: a load that is broken off leaves nothing behind
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
        self.signed: list[DemoSignature] = []
        self.signers: list[int] = []
        self.authors: list[int] = []
        self.comments: dict[str, int] = {}
        self.id = 0

    def _context(self, viewer: Viewer) -> Context:
        return Context(self.settings, Live(), viewer, now=lambda: self.at)

    async def run(self) -> None:
        await self._create()
        await self._sign()
        self.authors = [
            self.team if author.supporter is None else self.signers[author.supporter]
            for author in authors(self.campaign, self.signed)
        ]
        steps = sorted(self._steps(), key=lambda step: step[0])
        for done, (self.at, perform) in enumerate(steps, 1):
            await perform()
            self.progress(f"{self.campaign.title}: what happened", done, len(steps))

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
            await resolvers.campaigns.add_partner(self.context, row.id, partner.name, url, logo, partner.role)

    # ------------------------------------------------------------ signatures: bulk rows, counted as they are

    async def _sign(self) -> None:
        self.signed = signatures(self.campaign)
        people = [signature.person for signature in self.signed]
        ceiling = NameDisplay(self.campaign.name_display_ceiling)
        faces = [
            {
                "display_name": _shown(signature.person, ceiling),
                "badge": models.Badge.NONE,
                "name_ceiling": ceiling,
                "created_at": signature.signed_at,
            }
            for signature in self.signed
        ]
        self.signers = await self._insert("supporters", models.Supporter, faces)
        profiles = [_profile(number, person) for number, person in zip(self.signers, people, strict=True)]
        await self._insert("profiles", models.Profile, profiles)
        self.signatures = await self._insert("signatures", models.Signature, list(self._signature_rows()))
        await self._count_signatures()

    async def _insert(self, what: str, model: type[models.Row], rows: list[dict[str, Any]]) -> list[int]:
        ids: list[int] = []
        for start in range(0, len(rows), CHUNK):
            ids += await models.insert_many(model, rows[start : start + CHUNK])
            self.progress(f"{self.campaign.title}: {what}", len(ids), len(rows))
        return ids

    def _signature_rows(self) -> Iterator[dict[str, Any]]:
        for number, signature in zip(self.signers, self.signed, strict=True):
            yield {
                "campaign_id": self.id,
                "supporter_id": number,
                "state": models.SignatureState.CONFIRMED,
                "country": signature.person.country,
                "signed_at": signature.signed_at,
            }

    async def _count_signatures(self) -> None:
        countries = Counter(signature.person.country for signature in self.signed)
        tallies = [{"campaign_id": self.id, "country": c, "count": n} for c, n in sorted(countries.items())]
        await models.insert_many(models.CountryTally, tallies)
        reached = milestones(self.campaign, self.signed)
        rows = [{"campaign_id": self.id, "count": m.count, "reached_at": m.reached_at} for m in reached]
        await models.insert_many(models.Milestone, rows)
        last = self.signed[-1].signed_at if self.signed else self.at
        partner = 0
        for given in self.campaign.partners:
            partner += given.signatures
            values = (self.id, given.name, given.signatures, given.signatures_as_of)
            (link,) = await models.fetch(models.campaigns.SET_TALLY, *values)
            await models.insert(
                models.PartnerTally,
                link_id=link[0],
                signatures=given.signatures,
                as_of=given.signatures_as_of,
                reported_by=self.context.who,
                reported_at=_noon(given.signatures_as_of),
            )
        await models.fetch(models.campaigns.SET_SIGNATURES, self.id, len(self.signed), partner, last)

    # ------------------------------------------------------------ what happened, step by step

    def _steps(self) -> Iterator[Step]:
        if self.campaign.launched_at is None:
            return
        yield self.campaign.launched_at, partial(self._state, models.CampaignState.LIVE)
        yield from self._signing()
        for milestone in milestones(self.campaign, self.signed):
            yield milestone.reached_at, partial(self._record, ActivityKind.MILESTONE_REACHED)
        for partner in self.campaign.partners:
            yield _noon(partner.signatures_as_of), partial(self._record, ActivityKind.PARTNER_REPORTED)
        for update in self.campaign.updates:
            post = partial(resolvers.campaigns.post_update, self.context, self.id)
            yield (
                update.posted_at,
                partial(post, update.title, update.body, update.is_pinned, update.posted_at),
            )
        for comment in discussion(self.campaign, self.signed):
            yield from self._conversation(comment)
        yield from self._ending()

    def _signing(self) -> Iterator[Step]:
        """The ticker's rows for the signatures, a handful at a time."""
        for start in range(0, len(self.signed), BATCH):
            part = range(start, min(start + BATCH, len(self.signed)))
            yield self.signed[part[-1]].signed_at, partial(self._record_signatures, part)

    async def _record_signatures(self, part: Sequence[int]) -> None:
        row = await models.fetch_one(models.campaigns.TAKE_SEQS, self.id, len(part))
        first = int(row[0]) - len(part) + 1 if row else 1
        rows = [
            {
                "campaign_id": self.id,
                "seq": first + place,
                "kind": ActivityKind.SIGNED,
                "actor_id": self.signers[number],
                "subject_type": SubjectType.SIGNATURE,
                "subject_id": self.signatures[number],
                "thread_id": None,
                "occurred_at": self.signed[number].signed_at,
            }
            for place, number in enumerate(part)
        ]
        await models.insert_many(models.Activity, rows)

    async def _record(self, kind: ActivityKind) -> None:
        await record(self.context, self.id, kind, (SubjectType.CAMPAIGN, self.id), self.at)

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
        context = self._as_guest(self.authors[comment.author])
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


def _shown(person: Person, ceiling: NameDisplay) -> str:
    return display_name(person.given_name, person.family_name, NameDisplay(person.name_display).capped(ceiling))


def _profile(number: int, person: Person) -> dict[str, Any]:
    return {
        "supporter_id": number,
        "given_name": tidy(person.given_name),
        **models.supporters.sealed_name(number, person.family_name),
        "family_name_first": False,
        "email_verified": False,
        "country": person.country,
        "name_display": NameDisplay(person.name_display),
    }


def _noon(day: Any) -> datetime:
    return datetime.combine(day, time(12), UTC)
