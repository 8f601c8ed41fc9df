"""Counting people: after any sequence of signing, confirming, taking back, erasing and claiming, every count is right.

What each deed may move is worked out from the signatures as they stood before it, one person and one address at a
time; the counter, the ticker and the milestones must have moved by that, and a recount must find nothing.
"""

import asyncio
import os
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from typing import Any, NamedTuple

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
from models import Mail, Role
from storage.database import Statement
from tests.support.app import TestApp, running_app
from tests.support.ids import row_id

ADDRESSES = [
    ("ada@gmail.com", "A.d.a+petitions@googlemail.com"),
    ("grace@example.org", "Grace@EXAMPLE.org"),
    ("ida@outlook.com", "ida+news@outlook.com"),
]
LADDER = [100, 500, 1000, 5000]
PLAIN, CONFIRMED_BY_MAIL = 0, 1
"""The two campaigns. On the first a signature counts at once and stays when its signer is erased."""
STANDING = ("PENDING", "CONFIRMED")
COLUMN = {"CONFIRMED": "direct", "PENDING": "pending", "WITHDRAWN": "withdrawn"}
READ = """query($id: ID!) { campaign(id: $id) {
  supporters { total direct pending withdrawn partner } goal { reached { count } }
  signed: activity(kinds: [SIGNED], first: 100) { nodes { id } }
  milestones: activity(kinds: [MILESTONE_REACHED], first: 100) { nodes { id } } } }"""
SIGNED = "accessToken signature { id supporter { id } }"
ALL = Statement("SELECT id, campaign_id, supporter_id, state, is_counted FROM signatures ORDER BY id")
AN_HOUR_LATER = Statement("DELETE FROM asked_addresses RETURNING id")


class Row(NamedTuple):
    """A signature as it is stored, with the address that it was given with."""

    id: int
    campaign: int
    signer: int | None
    state: str
    is_counted: bool
    address: int | None

    @property
    def holds(self) -> bool:
        """Whether its address has its place on the campaign by it."""
        return self.is_counted and self.state in STANDING

    @property
    def counts_as(self) -> str | None:
        return COLUMN.get(self.state) if self.is_counted else None


@dataclass(eq=False)
class Person:
    number: int
    token: str = field(repr=False)
    address: int
    is_verified: bool = False


def spelled(address: int, spelling: int = 0) -> str:
    return ADDRESSES[address][spelling]


class People(RuleBasedStateMachine):
    addresses = st.integers(0, len(ADDRESSES) - 1)
    spellings = st.integers(0, 1)
    pages = st.sampled_from([PLAIN, CONFIRMED_BY_MAIL])
    times = st.sampled_from([1, 1, 2, 3])

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = running_app(tally_jump=10**6, sign_in_mails=10**6)
        self.site: TestApp = self.runner.run(self.stack.__aenter__())
        self.people: list[Person] = []
        self.given: dict[int, int] = {}  # addresses by signature
        self.links: list[str] = []
        self.keys = count(1)
        self.expected = [Counter[str](), Counter[str]()]
        self.reached: list[set[int]] = [set(), set()]

    def teardown(self) -> None:
        self.runner.run(self.stack.__aexit__(None, None, None))
        self.runner.close()

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

    # ---------------------------------------------------------------- signing

    @rule(page=pages, address=addresses, spelling=spellings, times=times, has_key=st.booleans())
    def sign_as_new(self, page: int, address: int, spelling: int, times: int, has_key: bool) -> None:
        """So many at once: with a key they are one, and otherwise as many people, of whom one may count."""
        given = self.form(page, address, spelling) | ({"idempotencyKey": f"k{next(self.keys)}"} if has_key else {})
        before = self.rows()
        answers = self.at_once(times, "signPetition", SIGNED, None, given)
        signed = {answer["signature"]["id"]: answer for answer in answers}
        assert len(signed) == (1 if has_key else times)
        self.expect_signature(before, page, address, None, is_verified=False)
        for made in signed.values():
            signature, signer = row_id(made["signature"]["id"]), row_id(made["signature"]["supporter"]["id"])
            self.given[signature] = address
            self.people.append(Person(signer, made["accessToken"], address))

    @precondition(lambda self: self.people)
    @rule(data=st.data(), page=pages, address=addresses, spelling=spellings, times=times)
    def sign_as_oneself(self, data: st.DataObject, page: int, address: int, spelling: int, times: int) -> None:
        """For the first time, again, after one took it back, or with another address."""
        person = data.draw(st.sampled_from(self.people))
        before = self.rows()
        own = self.own(before, page, person.number)
        answers = self.at_once(times, "signPetition", SIGNED, person.token, self.form(page, address, spelling))
        assert len({answer["signature"]["id"] for answer in answers}) == 1
        assert {answer["accessToken"] for answer in answers} == {None}
        person.address = person.address if person.is_verified else address
        if not self.is_as_good(own, person.address):
            self.expect_signature(before, page, person.address, own, person.is_verified)
            self.given[row_id(answers[0]["signature"]["id"])] = person.address
        elif own is not None and own.state == "CONFIRMED" and not own.is_counted and own.address == person.address:
            self.expect_place(before, own)

    def is_as_good(self, own: Row | None, address: int) -> bool:
        if own is None or own.state == "WITHDRAWN":
            return False
        return own.state == "CONFIRMED" or own.address == address

    def expect_signature(self, before: list[Row], page: int, address: int, own: Row | None, is_verified: bool) -> None:
        """A fresh signature counts if its address has no place yet, or only one that waits while it need not."""
        waits = page == CONFIRMED_BY_MAIL and not is_verified
        holder = self.holder(before, page, address)
        if own is not None:
            self.move(page, own.counts_as, None)
        if holder is None:
            self.move(page, None, "pending" if waits else "direct")
        elif not waits and holder.state == "PENDING":
            self.move(page, "pending", "direct")

    def expect_place(self, before: list[Row], row: Row) -> None:
        """One that did not count comes to count, unless a confirmed one has the place of its address."""
        holder = self.holder(before, row.campaign, row.address)
        if holder is None or holder.state == "PENDING":
            self.move(row.campaign, holder and "pending", "direct")

    def form(self, page: int, address: int, spelling: int) -> dict[str, Any]:
        name = {"givenName": "Ada", "familyName": "Byron", "country": "GB"}
        return name | {"campaignId": self.campaigns[page], "email": spelled(address, spelling)}

    @precondition(lambda self: self.links)
    @rule(data=st.data(), decision=st.sampled_from(["CONFIRM", "CONFIRM", "NOT_ME"]), times=times)
    def answer_a_mail(self, data: st.DataObject, decision: str, times: int) -> None:
        given = {"token": data.draw(st.sampled_from(self.links)), "decision": decision}
        before = {row.id: row for row in self.rows()}
        answers = self.at_once(times, "confirmSignature", "signature { id }", None, given, may_fail=True)
        decided = {row_id(answer["signature"]["id"]) for answer in answers if "signature" in answer}
        assert len(decided) <= 1
        for row in (before[id] for id in decided):
            assert row.state == "PENDING"
            if decision == "NOT_ME":
                self.move(row.campaign, row.counts_as, None)
            elif row.is_counted:
                self.move(row.campaign, "pending", "direct")
            else:
                self.expect_place(list(before.values()), row)

    @precondition(lambda self: self.people)
    @rule(data=st.data(), page=pages, times=times)
    def withdraw(self, data: st.DataObject, page: int, times: int) -> None:
        person = data.draw(st.sampled_from(self.people))
        before = [row for row in self.rows() if (row.signer, row.campaign) == (person.number, page)]
        given = {"campaignId": self.campaigns[page]}
        answers = self.at_once(times, "withdrawSignature", "signature { state }", person.token, given, may_fail=True)
        assert {answer.get("code") for answer in answers} == ({None} if before else {"NOT_FOUND"})
        for row in before:
            if row.holds:
                self.move(page, row.counts_as, "withdrawn")

    # ---------------------------------------------------------------- who one is

    @precondition(lambda self: self.people)
    @rule(data=st.data())
    def erase(self, data: st.DataObject) -> None:
        person = data.draw(st.sampled_from(self.people))
        before = [row for row in self.rows() if row.signer == person.number]
        answer = self.do("eraseSupporter", "receipt { signatures }", person.token, {})
        assert answer["receipt"]["signatures"] == len(before)
        self.people.remove(person)
        for row in before:
            self.given.pop(row.id)
            stays = row.state == "CONFIRMED" and row.campaign == PLAIN
            if row.holds and not stays:
                self.move(row.campaign, row.counts_as, "withdrawn")

    @rule(data=st.data(), address=addresses, spelling=spellings)
    def prove_an_address(self, data: st.DataObject, address: int, spelling: int) -> None:
        """As a visitor, or as a guest who then becomes whom the address belongs to."""
        guest = data.draw(st.sampled_from([None, *(person for person in self.people if not person.is_verified)]))
        before = self.rows()
        email = spelled(address, spelling)
        code = self.runner.run(self.site.code(email))
        asked = "accessToken viewer { supporter { id } }"
        answer = self.do("signIn", asked, guest.token if guest else None, {"email": email, "code": code})
        signer = row_id(answer["viewer"]["supporter"]["id"])
        owner = next((person for person in self.people if person.is_verified and person.address == address), None)
        if owner is not None:
            assert signer == owner.number
            if guest is not None:
                self.people.remove(guest)
                self.expect_one(before, guest.number, owner.number)
        else:
            assert guest is None or signer == guest.number
            self.expect_ownership(before, signer, address)
            if guest is not None:
                self.people.remove(guest)
            owner = Person(signer, "", address, is_verified=True)
            self.people.append(owner)
        owner.token = answer["accessToken"]
        standing = {row[0] for row in self.runner.run(storage.fetch(ALL))}
        self.given = {id: at for id, at in self.given.items() if id in standing}

    def expect_one(self, before: list[Row], guest: int, owner: int) -> None:
        """Of two signatures of what turns out to be one person the better stays."""
        for page in (PLAIN, CONFIRMED_BY_MAIL):
            pair = [row for who in (owner, guest) for row in before if (row.signer, row.campaign) == (who, page)]
            if len(pair) == 2:
                worse = min(reversed(pair), key=lambda row: (row.holds, row.state in STANDING))
                self.move(page, worse.counts_as, None)

    def expect_ownership(self, before: list[Row], signer: int, address: int) -> None:
        """What holds the address's place is the owner's now, who counts once: by this address from now on.

        Someone else may have it who has given another address since; then it stays theirs.
        """
        known = {person.number for person in self.people if person.address == address}
        for page in (PLAIN, CONFIRMED_BY_MAIL):
            holder = self.holder(before, page, address)
            own = self.own(before, page, signer)
            if own is None or (holder is not None and holder.signer not in {signer, *known}):
                continue
            if holder is None or holder.signer == signer or own.holds:
                self.given[own.id] = address
            if holder is not None and holder.signer != signer:
                self.move(page, (holder if own.holds else own).counts_as, None)

    # ---------------------------------------------------------------- what else moves the total

    @rule(page=pages, signatures=st.sampled_from([0, 97, 98, 99, 100, 498, 999]), times=times)
    def report(self, page: int, signatures: int, times: int) -> None:
        about = {"campaignId": self.campaigns[page], "partnerId": self.partner}
        given = about | {"signatures": signatures, "asOf": "2026-03-01"}
        fields = "campaign { partners { waitingTallies { id } } }"
        answers = self.at_once(times, "reportPartnerTally", fields, self.admin, given)
        (partner,) = answers[0]["campaign"]["partners"]
        for tally in partner["waitingTallies"]:
            self.do("approvePartnerTally", "tally { state }", self.admin, {"tallyId": tally["id"]})
        self.expected[page]["partner"] = signatures

    @rule(page=pages, address=addresses, times=times)
    def give(self, page: int, address: int, times: int) -> None:
        money = {"amountMinor": 5000, "currency": "USD"}
        given = {"campaignId": self.campaigns[page], "donorEmail": spelled(address), "money": money}
        reference = {"providerReference": f"{page} {address}"}
        answers = self.at_once(times, "recordDonation", "donation { id }", self.admin, given | reference)
        other = {"money": money | {"currency": "AUD"}, "reason": "Misread."}
        self.do("correctDonation", "donation { id }", self.admin, {"donationId": answers[0]["donation"]["id"], **other})

    # ---------------------------------------------------------------- what must hold

    @invariant()
    def a_recount_finds_nothing(self) -> None:
        assert self.runner.run(audits.drift()) == []

    @invariant()
    def nobody_counts_twice(self) -> None:
        """Neither an address nor a person has two signatures that stand and count on one campaign."""
        rows = [row for row in self.rows() if row.holds]
        for key in ("address", "signer"):
            held = Counter((row.campaign, getattr(row, key)) for row in rows if getattr(row, key) is not None)
            assert max(held.values(), default=1) == 1, held

    @invariant()
    def the_counts_the_ticker_and_the_milestones_have_moved_as_expected(self) -> None:
        for page, expected in enumerate(self.expected):
            found = self.runner.run(self.site.ask(READ, id=self.campaigns[page]))["campaign"]
            counts = found["supporters"]
            assert counts.pop("total") == counts["direct"] + counts["partner"]
            assert counts == {name: expected[name] for name in counts}
            assert len(found["signed"]["nodes"]) == min(100, expected["told"])
            self.reached[page] |= {rung for rung in LADDER if rung <= counts["direct"] + counts["partner"]}
            assert {milestone["count"] for milestone in found["goal"]["reached"]} == self.reached[page]
            assert len(found["milestones"]["nodes"]) == len(self.reached[page])

    # ---------------------------------------------------------------- how it is done

    def move(self, page: int, before: str | None, after: str | None) -> None:
        """One signature more in one count and less in another; one that comes to count is told once."""
        expected = self.expected[page]
        expected[before or "nowhere"] -= 1
        expected[after or "nowhere"] += 1
        expected["told"] += (after == "direct") - (before == after == "direct")

    def holder(self, rows: list[Row], page: int, address: int | None) -> Row | None:
        return next((row for row in rows if row.holds and (row.campaign, row.address) == (page, address)), None)

    def own(self, rows: list[Row], page: int, signer: int) -> Row | None:
        return next((row for row in rows if (row.signer, row.campaign) == (signer, page)), None)

    def rows(self) -> list[Row]:
        pages = {row_id(campaign): page for page, campaign in enumerate(self.campaigns)}
        found = self.runner.run(storage.fetch(ALL))
        return [Row(r[0], pages[r[1]], r[2], r[3], bool(r[4]), self.given.get(r[0])) for r in found]

    def do(self, mutation: str, payload: str, token: str | None, given: dict[str, Any]) -> dict[str, Any]:
        return self.at_once(1, mutation, payload, token, given)[0]

    def at_once(
        self, times: int, mutation: str, payload: str, token: str | None, given: dict[str, Any], may_fail: bool = False
    ) -> list[dict[str, Any]]:
        async def gather() -> list[dict[str, Any]]:
            async with storage.transaction():
                await storage.fetch(AN_HOUR_LATER)
            attempts = (self.site.do(mutation, payload, token, **given) for _ in range(times))
            answers = await asyncio.gather(*attempts)
            texts = [mail.text or "" for mail in await storage.read(Mail, models.mails.WAITING)]
            self.links = [text.partition("token=")[2].split()[0] for text in texts if "token=" in text]
            return answers

        answers = self.runner.run(gather())
        assert may_fail or all(answer["__typename"] != "Problem" for answer in answers), answers
        return answers


def test_counts_hold_after_any_sequence_of_deeds() -> None:
    long = os.environ.get("LONG") == "1"
    run_state_machine_as_test(
        People, settings=settings(max_examples=300 if long else 15, stateful_step_count=60 if long else 30)
    )
