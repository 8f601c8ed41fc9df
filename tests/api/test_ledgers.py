"""Ledgers: after any sequence of reports, decisions, donations and corrections, each sum equals a simple model's."""

import asyncio
import os
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from jobs.audits import drift
from models import Role
from tests.support.app import TestApp, running_app

JUMP = 1000
LADDER = [100, 500, 1000, 5000, 10000]
PARTNERS = ["Labor Forum", "Others"]
STATES = ["PLEDGED", "PAID", "REFUNDED", "FAILED"]
READ = """query ($id: ID!) { campaign(id: $id) {
  supporters { total partner } goal { reached { count } }
  partners { partner { id } signatures signaturesAsOf waitingTallies { id } }
  donation { raised { amountMinor currency } }
  milestones: activity(kinds: [MILESTONE_REACHED], first: 100) { nodes { id } }
  reports: activity(kinds: [PARTNER_REPORTED], first: 100) { nodes { id } }
  donations: activity(kinds: [DONATED], first: 100) { nodes { id } } } }"""
MONEY = st.tuples(st.sampled_from([1, 250, 5000]), st.sampled_from(["USD", "AUD"]))


@dataclass(eq=False)
class Report:
    partner: str
    signatures: int
    day: int
    order: int
    state: str
    id: str = ""

    @property
    def place(self) -> tuple[int, int]:
        return self.day, self.order


@dataclass(eq=False)
class Gift:
    id: str
    reference: str
    first: tuple[tuple[int, str], str]
    money: tuple[int, str]
    state: str
    corrections: int = 0


@dataclass
class Known:
    """The state of the simple model."""

    reports: list[Report] = field(default_factory=list)
    gifts: dict[str, Gift] = field(default_factory=dict)
    logged: Counter[str] = field(default_factory=Counter)
    reached: set[int] = field(default_factory=set)


class Ledgers(RuleBasedStateMachine):
    """A campaign with two partners that report, a campaigner who decides, and a payment provider."""

    gifts = Bundle("gifts")
    partners = st.sampled_from(PARTNERS)

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = running_app(tally_jump=JUMP)
        self.site: TestApp = self.runner.run(self.stack.__aenter__())
        self.known = Known()

    def teardown(self) -> None:
        self.runner.run(self.stack.__aexit__(None, None, None))
        self.runner.close()

    @initialize()
    def begin(self) -> None:
        run = self.runner.run
        self.token = run(self.site.staff(Role.ADMIN, "Ad Min"))
        self.campaign = run(self.site.campaign(donation={"prompt": "Give", "url": "https://example.org/give"}))
        about = {"campaignId": self.campaign}
        self.ids = {name: self.do("addPartner", "partner { id }", **about, name=name)["partner"] for name in PARTNERS}

    # operations

    @rule(
        partner=partners,
        signatures=st.sampled_from([0, 60, 90, 110, 480, 600, 1000, 1400, 4900, 9000]),
        day=st.integers(1, 4),
        times=st.integers(1, 3),
    )
    def report(self, partner: str, signatures: int, day: int, times: int) -> None:
        """Send the same report several times concurrently."""
        about = {"campaignId": self.campaign, "partnerId": self.ids[partner]["id"]}
        given = about | {"signatures": signatures, "asOf": f"2026-03-0{day}"}
        answers = self.concurrently(times, "reportPartnerTally", "tally { state }", **given)
        before = [report for report in self.known.reports if report.partner == partner]
        last = next((report for report in reversed(before) if report.day == day), None)
        if last is None or last.signatures != signatures or last.state == "REFUSED":
            last = self.remember(partner, signatures, day)
        assert {answer["tally"]["state"] for answer in answers} == {last.state}

    @rule(data=st.data(), decision=st.sampled_from(["ACCEPT", "REFUSE"]))
    def decide(self, data: st.DataObject, decision: str) -> None:
        waiting = [report for report in self.known.reports if report.state == "WAITING"]
        if waiting:
            report = data.draw(st.sampled_from(waiting))
            self.do("decidePartnerTally", "tally { state }", tallyId=report.id, decision=decision)
            report.state = "ACCEPTED" if decision == "ACCEPT" else "REFUSED"
            self.settle(report)

    @rule(
        target=gifts,
        money=MONEY,
        state=st.sampled_from([*STATES, "PAID", "PAID"]),
        number=st.integers(1, 6),
        times=st.integers(1, 3),
    )
    def record(self, money: tuple[int, str], state: str, number: int, times: int) -> Any:
        """Send the same report several times concurrently, with references that were used before."""
        reference = f"pay-{number}"
        given = {"campaignId": self.campaign, "providerReference": reference, "money": spelled(money), "state": state}
        answers = self.concurrently(times, "recordDonation", "donation { id }", **given)
        gift = self.known.gifts.get(reference)
        if gift is not None and gift.first != (money, state):
            assert {answer.get("code") for answer in answers} == {"CONFLICT"}
            return multiple()
        assert len({answer["donation"]["id"] for answer in answers}) == 1
        if gift is None:
            gift = Gift(answers[0]["donation"]["id"], reference, (money, state), money, state)
            self.known.gifts[reference] = gift
            self.known.logged["donations"] += state == "PAID"
        assert answers[0]["donation"]["id"] == gift.id
        return gift

    @rule(gift=gifts, money=MONEY, times=st.integers(1, 2))
    def correct(self, gift: Gift, money: tuple[int, str], times: int) -> None:
        fields = "donation { money { amountMinor currency } corrections { reason } }"
        given = {"donationId": gift.id, "money": spelled(money), "reason": "Misread."}
        answers = self.concurrently(times, "correctDonation", fields, **given)
        gift.corrections += gift.money != money
        gift.money = money
        for answer in answers:
            assert answer["donation"]["money"] == spelled(money)
            assert len(answer["donation"]["corrections"]) == gift.corrections

    # invariants

    @invariant()
    def audit_finds_no_drift(self) -> None:
        assert self.runner.run(drift()) == []

    @invariant()
    def sums_equal_those_of_the_model(self) -> None:
        page = self.runner.run(self.site.ask(READ, self.token, id=self.campaign))["campaign"]
        links = {link["partner"]["id"]: link for link in page["partners"]}

        total = 0
        for name, partner in self.ids.items():
            counts = self.standing(name)
            link = links[partner["id"]]
            assert link["signatures"] == (counts.signatures if counts else 0)
            assert link["signaturesAsOf"] == (f"2026-03-0{counts.day}" if counts else None)
            waiting = [r.id for r in self.known.reports if r.partner == name and r.state == "WAITING"]
            assert [tally["id"] for tally in link["waitingTallies"]] == waiting
            total += link["signatures"]
        assert page["supporters"] == {"total": total, "partner": total}
        assert [milestone["count"] for milestone in page["goal"]["reached"]] == sorted(self.known.reached)
        raised: Counter[str] = Counter()
        for gift in self.known.gifts.values():
            raised[gift.money[1]] += gift.money[0] * (gift.state == "PAID")
        assert {money["currency"]: money["amountMinor"] for money in page["donation"]["raised"]} == dict(+raised)
        logged = {kind: len(page[kind]["nodes"]) for kind in ("milestones", "reports", "donations")}
        assert logged == {
            "milestones": len(self.known.reached),
            **{k: self.known.logged[k] for k in ("reports", "donations")},
        }

    # the model

    def remember(self, partner: str, signatures: int, day: int) -> Report:
        counts = self.standing(partner)
        is_late = counts is not None and day < counts.day
        change = signatures - (counts.signatures if counts else 0)
        state = "ACCEPTED" if is_late or 0 <= change <= JUMP else "WAITING"
        report = Report(partner, signatures, day, len(self.known.reports), state)
        self.known.reports.append(report)
        if state == "WAITING":
            links = self.runner.run(self.site.ask(READ, self.token, id=self.campaign))["campaign"]["partners"]
            (link,) = [link for link in links if link["partner"]["id"] == self.ids[partner]["id"]]
            report.id = link["waitingTallies"][-1]["id"]
        self.settle(report)
        return report

    def standing(self, partner: str) -> Report | None:
        accepted = [r for r in self.known.reports if r.partner == partner and r.state == "ACCEPTED"]
        return max(accepted, key=lambda report: report.place, default=None)

    def settle(self, report: Report) -> None:
        """If the report counts now, log it, and the milestones that the total has reached."""
        if self.standing(report.partner) is report:
            self.known.logged["reports"] += 1
            standing = [self.standing(name) for name in PARTNERS]
            total = sum(one.signatures for one in standing if one)
            self.known.reached |= {rung for rung in LADDER if rung <= total}

    def do(self, mutation: str, payload: str, **given: Any) -> dict[str, Any]:
        answer = self.runner.run(self.site.do(mutation, payload, self.token, **given))
        assert answer["__typename"] != "Problem", answer
        return answer

    def concurrently(self, times: int, mutation: str, payload: str, **given: Any) -> list[dict[str, Any]]:
        async def gather() -> list[dict[str, Any]]:
            return await asyncio.gather(*(self.site.do(mutation, payload, self.token, **given) for _ in range(times)))

        return self.runner.run(gather())


def spelled(money: tuple[int, str]) -> dict[str, Any]:
    return {"amountMinor": money[0], "currency": money[1]}


def test_sums_hold_after_any_sequence_of_operations() -> None:
    long = os.environ.get("LONG") == "1"
    run_state_machine_as_test(
        Ledgers, settings=settings(max_examples=300 if long else 15, stateful_step_count=60 if long else 30)
    )
