"""Signature counters under random sequences of signing, confirming, withdrawing, erasing and merging accounts.

The chart of signatures must show each change in the day, week and month in which it happened, for good.

Each action's effect is predicted from the signatures before it, one person and one mailbox at a time. The counter, the
activity log and the milestones must change as predicted, and the audit must find no drift.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any, NamedTuple

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

import models
import storage
from jobs import audits
from models import ConfirmationRequest, Role, Signature
from tests.support.app import TestApp, running_app
from tests.support.ids import row_id
from tests.support.signing import Clock

MAILBOXES = [
    ("ada@gmail.com", "A.d.a+petitions@googlemail.com"),
    ("grace@example.org", "Grace@EXAMPLE.org"),
    ("ida@outlook.com", "ida+news@outlook.com"),
]
MILESTONES = [100, 500, 1000, 5000]
PLAIN, CONFIRMED_BY_MAIL = 0, 1
"""The two campaigns, by index. On the first, signatures count at once and stay when their signers are erased."""
ACTIVE_STATES = ("PENDING", "CONFIRMED")
COUNTER_OF_STATE = {"CONFIRMED": "direct", "PENDING": "pending", "WITHDRAWN": "withdrawn"}
CAMPAIGN_QUERY = """query($id: ID!) { campaign(id: $id) {
  supporters { total direct pending withdrawn partner } goal { reached { count } }
  signed: activity(kinds: [SIGNED], first: 100) { nodes { id } }
  milestones: activity(kinds: [MILESTONE_REACHED], first: 100) { nodes { id } } } }"""
CHART_QUERY = """query($id: ID!, $since: Date!) { campaign(id: $id) {
  DAY: signaturesOverTime(since: $since) { ...Bucket } WEEK: signaturesOverTime(by: WEEK, since: $since) { ...Bucket }
  MONTH: signaturesOverTime(by: MONTH, since: $since) { ...Bucket } } }
  fragment Bucket on SignatureBucket { start direct partner }"""
BUCKET_STARTS: dict[str, Callable[[date], date]] = {
    "DAY": lambda day: day,
    "WEEK": lambda day: day - timedelta(days=day.weekday()),
    "MONTH": lambda day: day.replace(day=1),
}
FIRST_DAY = datetime.now(UTC).replace(hour=12) - timedelta(days=700)
"""Long ago, because the clock only moves forward, and the time of a token is always that of the real clock."""
SIGN_PAYLOAD = "accessToken signature { id supporter { id } }"


class Row(NamedTuple):
    """A stored signature, with the campaign's index and the mailbox that the signer gave."""

    id: int
    campaign: int
    signer: int | None
    state: str
    is_counted: bool
    mailbox: int | None

    @property
    def holds_slot(self) -> bool:
        """Return whether the signature holds the counted slot of its mailbox."""
        return self.is_counted and self.state in ACTIVE_STATES

    @property
    def counts_as(self) -> str | None:
        return COUNTER_OF_STATE.get(self.state) if self.is_counted else None


@dataclass(eq=False)
class ExpectedPerson:
    supporter_id: int
    token: str = field(repr=False)
    mailbox: int
    is_verified: bool = False


def email_of(mailbox: int, spelling: int = 0) -> str:
    return MAILBOXES[mailbox][spelling]


class SignatureCounts(RuleBasedStateMachine):
    mailboxes = st.integers(0, len(MAILBOXES) - 1)
    spellings = st.integers(0, 1)
    pages = st.sampled_from([PLAIN, CONFIRMED_BY_MAIL])
    times = st.sampled_from([1, 1, 2, 3])

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.patch = pytest.MonkeyPatch()
        self.clock = Clock(self.patch)
        self.clock.ahead = FIRST_DAY - datetime.now(UTC)
        self.stack = running_app(tally_jump=10**6, sign_in_mails=10**6, confirm_days=10**4)
        self.site: TestApp = self.runner.run(self.stack.__aenter__())
        self.people: list[ExpectedPerson] = []
        self.mailboxes_by_signature: dict[int, int] = {}
        self.links: list[str] = []
        self.keys = count(1)
        self.expected = [Counter[str](), Counter[str]()]
        self.confirmed: set[tuple[int, int]] = set()
        self.announced = [0, 0]
        self.reached: list[set[int]] = [set(), set()]
        self.charted = [Counter[str](), Counter[str]()]
        self.changes: list[dict[date, Counter[str]]] = [{}, {}]

    def teardown(self) -> None:
        self.runner.run(self.stack.__aexit__(None, None, None))
        self.runner.close()
        self.patch.undo()

    @initialize()
    def begin(self) -> None:
        run, site = self.runner.run, self.site
        self.admin = run(site.staff(Role.ADMIN, "Ad Min"))
        self.campaigns = [
            run(site.campaign(erasurePolicy="KEEP_COUNT")),
            run(site.campaign(erasurePolicy="WITHDRAW", confirmSignatures=True)),
        ]
        partner = run(site.do("addPartner", "partner { id }", self.admin, campaignId=self.campaigns[0], name="Forum"))
        self.partner = partner["partner"]["id"]
        run(site.do("addPartner", "partner { id }", self.admin, campaignId=self.campaigns[1], name="Forum"))

    @rule(days=st.sampled_from([1, 1, 2, 6]))
    def wait(self, days: int) -> None:
        self.clock.ahead += timedelta(days=days)

    # ---------------------------------------------------------------- signing

    @rule(page=pages, mailbox=mailboxes, spelling=spellings, times=times, has_key=st.booleans())
    def sign_without_token(self, page: int, mailbox: int, spelling: int, times: int, has_key: bool) -> None:
        """Sign concurrently: with an idempotency key once, otherwise as several people, of whom at most one counts."""
        key = {"idempotencyKey": f"a-random-key-{next(self.keys):04}"} if has_key else {}
        given = self.form(page, mailbox, spelling) | key
        before = self.rows()
        answers = self.at_once(times, "signPetition", SIGN_PAYLOAD, None, given)
        signed = {answer["signature"]["id"]: answer for answer in answers}
        assert len(signed) == (1 if has_key else times)
        self.expect_signature(before, page, mailbox, None, is_verified=False)
        for made in signed.values():
            signature, signer = row_id(made["signature"]["id"]), row_id(made["signature"]["supporter"]["id"])
            self.mailboxes_by_signature[signature] = mailbox
            self.people.append(ExpectedPerson(signer, made["accessToken"], mailbox))

    @precondition(lambda self: self.people)
    @rule(data=st.data(), page=pages, mailbox=mailboxes, spelling=spellings, times=times)
    def sign_with_token(self, data: st.DataObject, page: int, mailbox: int, spelling: int, times: int) -> None:
        """Sign for the first time, again, after withdrawing, or with another mailbox."""
        person = data.draw(st.sampled_from(self.people))
        before = self.rows()
        own = self.own(before, page, person.supporter_id)
        answers = self.at_once(times, "signPetition", SIGN_PAYLOAD, person.token, self.form(page, mailbox, spelling))
        assert len({answer["signature"]["id"] for answer in answers}) == 1
        assert {answer["accessToken"] for answer in answers} == {None}
        person.mailbox = person.mailbox if person.is_verified else mailbox
        if not self.is_repeated(own, person.mailbox):
            self.expect_signature(before, page, person.mailbox, own, person.is_verified)
            self.expect_passed_on(before, own)
            self.mailboxes_by_signature[row_id(answers[0]["signature"]["id"])] = person.mailbox
        elif own is not None and own.state == "CONFIRMED" and not own.is_counted and own.mailbox == person.mailbox:
            self.expect_counted(before, own)

    def is_repeated(self, own: Row | None, mailbox: int) -> bool:
        if own is None or own.state == "WITHDRAWN":
            return False
        return own.state == "CONFIRMED" or own.mailbox == mailbox

    def expect_signature(self, before: list[Row], page: int, mailbox: int, own: Row | None, is_verified: bool) -> None:
        """Expect a new signature to count if the slot is free, or if only this signature is not pending."""
        is_pending = page == CONFIRMED_BY_MAIL and not is_verified
        holder = self.holder(before, page, mailbox)
        if own is not None:
            self.move(page, own.counts_as, None)
        if holder is None:
            self.move(page, None, "pending" if is_pending else "direct")
        elif not is_pending and holder.state == "PENDING":
            self.move(page, "pending", "direct")

    def passed_on(self, before: list[Row], own: Row | None = None) -> list[Row]:
        """Return the signatures of others that count now, since the counted one of their mailbox has gone."""
        uncounted = {row.id for row in before if not row.is_counted and row != own}
        return [row for row in self.rows() if row.id in uncounted and row.is_counted]

    def expect_passed_on(self, before: list[Row], own: Row | None = None) -> None:
        for row in self.passed_on(before, own):
            self.move(row.campaign, None, row.counts_as)

    def expect_counted(self, before: list[Row], row: Row) -> None:
        """Expect an uncounted signature to count, unless a confirmed one holds the slot of its mailbox."""
        holder = self.holder(before, row.campaign, row.mailbox)
        if holder is None or holder.state == "PENDING":
            self.move(row.campaign, holder and "pending", "direct")

    def form(self, page: int, mailbox: int, spelling: int) -> dict[str, Any]:
        name = {"givenName": "Ada", "familyName": "Byron", "country": "GB"}
        return name | {"campaignId": self.campaigns[page], "email": email_of(mailbox, spelling)}

    @precondition(lambda self: self.links)
    @rule(data=st.data(), decision=st.sampled_from(["CONFIRM", "CONFIRM", "NOT_ME"]), times=times)
    def decide_by_mail(self, data: st.DataObject, decision: str, times: int) -> None:
        given = {"token": data.draw(st.sampled_from(self.links)), "decision": decision}
        before = {row.id: row for row in self.rows()}
        answers = self.at_once(times, "confirmSignature", "signature { id }", None, given, may_fail=True)
        decided = {row_id(answer["signature"]["id"]) for answer in answers if "signature" in answer}
        assert len(decided) <= 1
        for row in (before[id] for id in decided):
            assert row.state == "PENDING"
            if decision == "NOT_ME":
                self.move(row.campaign, row.counts_as, None)
                self.expect_passed_on(list(before.values()), row)
            elif row.is_counted:
                self.move(row.campaign, "pending", "direct")
            else:
                self.expect_counted(list(before.values()), row)

    @precondition(lambda self: self.people)
    @rule(data=st.data(), page=pages, times=times)
    def withdraw(self, data: st.DataObject, page: int, times: int) -> None:
        person = data.draw(st.sampled_from(self.people))
        everyone = self.rows()
        before = [row for row in everyone if (row.signer, row.campaign) == (person.supporter_id, page)]
        given = {"campaignId": self.campaigns[page]}
        answers = self.at_once(times, "withdrawSignature", "signature { state }", person.token, given, may_fail=True)
        assert {answer.get("code") for answer in answers} == ({None} if before else {"NOT_FOUND"})
        for row in before:
            if row.holds_slot:
                self.move(page, row.counts_as, "withdrawn")
        self.expect_passed_on(everyone)

    # ---------------------------------------------------------------- erasing and signing in

    @precondition(lambda self: self.people)
    @rule(data=st.data())
    def erase(self, data: st.DataObject) -> None:
        person = data.draw(st.sampled_from(self.people))
        everyone = self.rows()
        before = [row for row in everyone if row.signer == person.supporter_id]
        answer = self.do("eraseSupporter", "receipt { signatures }", person.token, {})
        assert answer["receipt"]["signatures"] == len(before)
        self.people.remove(person)
        passed_on = {(row.campaign, row.mailbox) for row in self.passed_on(everyone)}
        self.expect_passed_on(everyone)
        for row in before:
            self.mailboxes_by_signature.pop(row.id)
            stays = row.state == "CONFIRMED" and row.campaign == PLAIN and (PLAIN, row.mailbox) not in passed_on
            if row.holds_slot and not stays:
                self.move(row.campaign, row.counts_as, "withdrawn")

    @rule(data=st.data(), mailbox=mailboxes, spelling=spellings)
    def sign_in(self, data: st.DataObject, mailbox: int, spelling: int) -> None:
        """Sign in with a mailed code, as a visitor or as a guest whose account is merged into the owner's."""
        guest = data.draw(st.sampled_from([None, *(person for person in self.people if not person.is_verified)]))
        before = self.rows()
        email = email_of(mailbox, spelling)
        code = self.runner.run(self.site.code(email))
        payload = "accessToken viewer { supporter { id } }"
        answer = self.do("signIn", payload, guest.token if guest else None, code)
        signer = row_id(answer["viewer"]["supporter"]["id"])
        owner = next((person for person in self.people if person.is_verified and person.mailbox == mailbox), None)
        if owner is not None:
            assert signer == owner.supporter_id
            if guest is not None:
                self.people.remove(guest)
                self.expect_merge(before, guest.supporter_id, owner.supporter_id)
        else:
            assert guest is None or signer == guest.supporter_id
            self.expect_ownership(before, signer, mailbox)
            if guest is not None:
                self.people.remove(guest)
            owner = ExpectedPerson(signer, "", mailbox, is_verified=True)
            self.people.append(owner)
        owner.token = answer["accessToken"]
        self.expect_passed_on(before)
        remaining = {row.id for row in self.rows()}
        self.mailboxes_by_signature = {
            id: mailbox for id, mailbox in self.mailboxes_by_signature.items() if id in remaining
        }

    def expect_merge(self, before: list[Row], guest: int, owner: int) -> None:
        """Expect the better of two signatures of one person to stay."""
        for page in (PLAIN, CONFIRMED_BY_MAIL):
            pair = [row for who in (owner, guest) for row in before if (row.signer, row.campaign) == (who, page)]
            if len(pair) == 2:
                worse = min(reversed(pair), key=lambda row: (row.holds_slot, row.state in ACTIVE_STATES))
                self.move(page, worse.counts_as, None)

    def expect_ownership(self, before: list[Row], signer: int, mailbox: int) -> None:
        """Expect the owner to take over the signature that holds the slot of the mailbox, and to count once.

        A signer who has given another mailbox since keeps the signature.
        """
        known = {person.supporter_id for person in self.people if person.mailbox == mailbox}
        for page in (PLAIN, CONFIRMED_BY_MAIL):
            holder = self.holder(before, page, mailbox)
            own = self.own(before, page, signer)
            if own is None or (holder is not None and holder.signer not in {signer, *known}):
                continue
            if holder is None or holder.signer == signer or own.holds_slot:
                self.mailboxes_by_signature[own.id] = mailbox
            if holder is not None and holder.signer != signer:
                self.move(page, (holder if own.holds_slot else own).counts_as, None)

    # ---------------------------------------------------------------- tallies and donations

    @rule(page=pages, signatures=st.sampled_from([0, 97, 98, 99, 100, 498, 999]), times=times)
    def report_tally(self, page: int, signatures: int, times: int) -> None:
        about = {"campaignId": self.campaigns[page], "partnerId": self.partner}
        given = about | {"signatures": signatures, "asOf": FIRST_DAY.date().isoformat()}
        fields = "campaign { partners { waitingTallies { id } } }"
        answers = self.at_once(times, "reportPartnerTally", fields, self.admin, given)
        (partner,) = answers[0]["campaign"]["partners"]
        for tally in partner["waitingTallies"]:
            decided = {"tallyId": tally["id"], "decision": "ACCEPT"}
            self.do("decidePartnerTally", "tally { state }", self.admin, decided)
        self.expected[page]["partner"] = signatures

    @rule(page=pages, mailbox=mailboxes, times=times)
    def donate(self, page: int, mailbox: int, times: int) -> None:
        money = {"amountMinor": 5000, "currency": "USD"}
        given = {"campaignId": self.campaigns[page], "donorEmail": email_of(mailbox), "money": money}
        reference = {"providerReference": f"{page} {mailbox}"}
        answers = self.at_once(times, "recordDonation", "donation { id }", self.admin, given | reference)
        other = {"money": money | {"currency": "AUD"}, "reason": "Misread."}
        self.do("correctDonation", "donation { id }", self.admin, {"donationId": answers[0]["donation"]["id"], **other})

    # ---------------------------------------------------------------- invariants

    @invariant()
    def audit_finds_no_drift(self) -> None:
        assert self.runner.run(audits.drift()) == []

    @invariant()
    def nobody_is_counted_twice(self) -> None:
        """Neither a mailbox nor a person has two active, counted signatures on one campaign."""
        rows = [row for row in self.rows() if row.holds_slot]
        for key in ("mailbox", "signer"):
            held = Counter((row.campaign, getattr(row, key)) for row in rows if getattr(row, key) is not None)
            assert max(held.values(), default=1) == 1, held

    def expect_announcements(self) -> None:
        """Expect a line of the ticker for each signature that became confirmed, whether it counts or not."""
        confirmed = {(row.campaign, row.id) for row in self.rows() if row.state == "CONFIRMED"}
        for page, _ in confirmed - self.confirmed:
            self.announced[page] += 1
        self.confirmed = confirmed

    @invariant()
    def counters_activity_and_milestones_are_as_expected(self) -> None:
        self.expect_announcements()
        for page, expected in enumerate(self.expected):
            campaign = self.runner.run(self.site.ask(CAMPAIGN_QUERY, id=self.campaigns[page]))["campaign"]
            counts = campaign["supporters"]
            states = Counter(COUNTER_OF_STATE.get(row.state) for row in self.rows() if row.campaign == page)
            assert counts.pop("total") == counts["direct"] + counts["partner"]
            assert {name: counts[name] for name in ("direct", "partner")} == {
                name: expected[name] for name in ("direct", "partner")
            }
            assert {name: counts[name] for name in ("pending", "withdrawn")} == {
                name: states[name] for name in ("pending", "withdrawn")
            }
            assert len(campaign["signed"]["nodes"]) == min(100, self.announced[page])
            self.reached[page] |= {goal for goal in MILESTONES if goal <= counts["direct"] + counts["partner"]}
            assert {milestone["count"] for milestone in campaign["goal"]["reached"]} == self.reached[page]
            assert len(campaign["milestones"]["nodes"]) == len(self.reached[page])

    @invariant()
    def chart_shows_each_change_when_it_happened(self) -> None:
        today = self.clock.now().date()
        for page, expected in enumerate(self.expected):
            for name in ("direct", "partner"):
                change = expected[name] - self.charted[page][name]
                self.changes[page].setdefault(today, Counter())[name] += change
                self.charted[page][name] = expected[name]
            given = {"id": self.campaigns[page], "since": FIRST_DAY.date().isoformat()}
            chart = self.runner.run(self.site.ask(CHART_QUERY, **given))["campaign"]
            for interval, start_of in BUCKET_STARTS.items():
                counts: dict[str, Counter[str]] = {}
                for day, of_day in self.changes[page].items():
                    counts.setdefault(start_of(day).isoformat(), Counter()).update(of_day)
                for bucket in chart[interval]:
                    wanted = counts.pop(bucket["start"], Counter())
                    assert (bucket["direct"], bucket["partner"]) == (wanted["direct"], wanted["partner"])
                assert counts == {}

    # ---------------------------------------------------------------- helpers

    def move(self, page: int, before: str | None, after: str | None) -> None:
        """Move one signature from a counter to another."""
        expected = self.expected[page]
        expected[before or "nowhere"] -= 1
        expected[after or "nowhere"] += 1

    def holder(self, rows: list[Row], page: int, mailbox: int | None) -> Row | None:
        return next((row for row in rows if row.holds_slot and (row.campaign, row.mailbox) == (page, mailbox)), None)

    def own(self, rows: list[Row], page: int, signer: int) -> Row | None:
        return next((row for row in rows if (row.signer, row.campaign) == (signer, page)), None)

    def rows(self) -> list[Row]:
        pages = {row_id(campaign): page for page, campaign in enumerate(self.campaigns)}

        async def read() -> list[Signature]:
            return await Signature.all().order_by("id")

        return [
            Row(
                row.id,
                pages[row.campaign_id],
                row.supporter_id,
                row.state,
                row.is_counted,
                self.mailboxes_by_signature.get(row.id),
            )
            for row in self.runner.run(read())
        ]

    def do(self, mutation: str, payload: str, token: str | None, given: dict[str, Any]) -> dict[str, Any]:
        return self.at_once(1, mutation, payload, token, given)[0]

    def at_once(
        self, times: int, mutation: str, payload: str, token: str | None, given: dict[str, Any], may_fail: bool = False
    ) -> list[dict[str, Any]]:
        async def gather() -> list[dict[str, Any]]:
            async with storage.transaction():
                await ConfirmationRequest.all().delete()  # as if an hour had passed
            attempts = (self.site.do(mutation, payload, token, **given) for _ in range(times))
            answers = await asyncio.gather(*attempts)
            texts = [mail.text or "" for mail in await models.mails.waiting()]
            self.links = [text.partition("token=")[2].split()[0] for text in texts if "token=" in text]
            return answers

        answers = self.runner.run(gather())
        assert may_fail or all(answer["__typename"] != "Problem" for answer in answers), answers
        return answers


def test_counters_are_right_after_any_sequence_of_actions() -> None:
    long = os.environ.get("LONG") == "1"
    run_state_machine_as_test(
        SignatureCounts, settings=settings(max_examples=300 if long else 15, stateful_step_count=60 if long else 30)
    )
