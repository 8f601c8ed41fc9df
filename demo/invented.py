"""Three invented campaigns, places and organisations: one live, one paused, one still a draft."""

from datetime import UTC, date, datetime

from demo.countries import COAST, VALLEY
from demo.shapes import (
    Campaign,
    CampaignUpdate,
    DonationAppeal,
    Footnote,
    Image,
    Money,
    Partner,
    Resource,
    TimelineEntry,
    Wave,
)

NIGHT_SHIFT = Campaign(
    slug="pay-the-night-shift-at-port-veyra",
    title="Pay the night shift at Port Veyra",
    call_to_action="Call on Veyra Cold Stores to pay every hour of the night shift",
    target="Veyra Cold Stores",
    body="""\
**At Port Veyra the freezers never close, and the people who fill them wait up to an hour a night, unpaid, to be \
searched on their way out.**[^1]

Most were recruited abroad and paid a fee to get here. Some still owe it.[^2] Nobody who owes money for a job is \
free to walk away from it.

We ask Veyra Cold Stores to

1. pay waiting time as working time, from the first minute;
2. give back the recruitment fees;
3. put a works council of the night shift's own choosing at the table.

Other harbours manage it.[^3] Port Veyra can too.
""",
    state="LIVE",
    comment_policy="OPEN",
    launched_at=datetime(2025, 9, 15, 8, 0, tzinfo=UTC),
    signatures_end_at=datetime(2026, 2, 24, 18, 0, tzinfo=UTC),
    hero_image=Image("https://example.org/images/port-veyra.jpg", "A quay at night, lit blue", "Veyra Dock Watch"),
    footnotes=(
        Footnote("Veyra Dock Watch: a winter of clock-out times.", "https://example.org/sources/veyra-times"),
        Footnote("Survey among 140 night workers, Veyra Dock Watch.", "https://example.org/sources/veyra-survey"),
        Footnote("The Lissmar harbour agreement.", "https://example.org/sources/lissmar"),
    ),
    timeline=(
        TimelineEntry(date(2025, 2, 3), "The first clock-out times are written down"),
        TimelineEntry(date(2025, 9, 15), "The campaign begins"),
        TimelineEntry(date(2025, 11, 28), "The company takes down its fee schedule"),
    ),
    resources=(
        Resource("Recruitment fees in six questions", "https://example.org/learn/fees", "ARTICLE"),
        Resource("One night at gate four", "https://example.org/listen/gate-four", "PODCAST"),
    ),
    donation=DonationAppeal(
        "Help the night shift to a lawyer",
        "https://example.org/donate/veyra",
        (Money(500, "EUR"), Money(1500, "EUR"), Money(4000, "EUR")),
    ),
    updates=(
        CampaignUpdate(
            "A thousand names in a fortnight",
            "You are more than a thousand. Copies of the call are hanging in the canteen.",
            datetime(2025, 10, 1, 16, 0, tzinfo=UTC),
        ),
        CampaignUpdate(
            "The fee schedule is gone from the website",
            "It went quietly, on a Friday. That is a beginning: now for the fees *already paid*.",
            datetime(2025, 11, 28, 17, 20, tzinfo=UTC),
            is_pinned=True,
        ),
    ),
    partners=(
        Partner(
            "Veyra Dock Watch",
            "https://example.org/partners/veyra-dock-watch",
            None,
            "Collected signatures at the gates",
            415,
            date(2025, 12, 1),
        ),
    ),
    direct_signatures=2_340,
    countries=COAST,
    waves=(
        Wave(date(2025, 9, 15), 120, 900),
        Wave(date(2025, 11, 28), 60, 900),
        Wave(date(2025, 9, 15), 4, 1000),
    ),
)

LIBRARY = Campaign(
    slug="keep-hollin-valley-library-open",
    title="Keep the Hollin Valley library open",
    call_to_action="Call on Hollin Valley Council to keep our library open on weekdays",
    target="Hollin Valley Council",
    body="""\
The council wants to open our library on Saturdays only.[^1] On weekdays it is where homework gets done, where forms \
get filled in, and where it is *warm*.

Signing is paused while the council holds its consultation. Comments are read by a volunteer before they
appear.
""",
    state="PAUSED",
    comment_policy="PREMODERATED",
    launched_at=datetime(2025, 5, 2, 9, 0, tzinfo=UTC),
    signatures_end_at=datetime(2025, 8, 30, 20, 0, tzinfo=UTC),
    footnotes=(Footnote("Draft budget, page 44.", "https://example.org/sources/hollin-budget"),),
    timeline=(
        TimelineEntry(date(2025, 4, 14), "The draft budget is published"),
        TimelineEntry(date(2025, 8, 30), "Signing is paused for the consultation"),
    ),
    updates=(
        CampaignUpdate(
            "Paused for the consultation",
            "The council has asked for written answers. We pause the petition until they have read them.",
            datetime(2025, 8, 30, 20, 30, tzinfo=UTC),
        ),
    ),
    name_display_ceiling="FIRST_NAME_INITIAL",
    direct_signatures=612,
    countries=VALLEY,
    waves=(Wave(date(2025, 5, 2), 40, 930), Wave(date(2025, 7, 1), 12, 960)),
)

SCHOOL_MEALS = Campaign(
    slug="a-warm-lunch-in-every-tarn-school",
    title="A warm lunch in every Tarn school",
    call_to_action="Call on the Tarn Schools Board to serve a warm lunch every day",
    target="The Tarn Schools Board",
    body="*Draft: not yet public.* Four of nine schools in Tarn have a kitchen. The other five have a vending machine.",
    state="DRAFT",
    comment_policy="CLOSED",
    launched_at=None,
    signatures_end_at=None,
)
