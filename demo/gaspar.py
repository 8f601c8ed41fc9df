"""The real campaign, as documented facts only: dates, counts, credits; every link is a placeholder."""

from datetime import UTC, date, datetime

from demo.countries import WORLD
from demo.people import KATHARINA
from demo.shapes import (
    Campaign,
    CampaignUpdate,
    DonationAppeal,
    Footnote,
    Image,
    Money,
    Outcome,
    Partner,
    Resource,
    TimelineEntry,
    Wave,
)

BODY = """\
**Gaspar Matalaev reported on forced labour in Turkmenistan's cotton harvest. On 4 October 2016 he was arrested, \
and he was given a three-year prison sentence.**

Each autumn, people in Turkmenistan are sent to the fields to pick cotton for the state. Gaspar Matalaev was a \
monitor for *Alternative Turkmenistan News*: he recorded what the harvest looked like and who was made to work \
in it.[^1]

## Why his freedom matters

Forced labour lasts for as long as it stays out of sight. Someone who counts the people in the fields, writes down \
the dates and passes them on makes it visible, to the companies that buy cotton and to the people who wear it.[^2] \
To lock up a monitor is to switch off the light.

## What we ask

We call on the Government of Turkmenistan to

- release Gaspar Matalaev, immediately and without conditions;
- let people report on the cotton harvest without fear of prison;
- end forced labour in the harvest, for adults and for children.

## What your name does

A name is small; a hundred thousand of them are hard to overlook. Together with our partner, whose supporters \
signed the same call, we keep the count in front of those who can open the door.[^3]

Please **sign**, say why in the discussion below, and choose for yourself how your name is shown.
"""

UPDATES = (
    CampaignUpdate(
        "The campaign begins",
        "Today, six months to the day after his arrest, we are opening a petition for Gaspar Matalaev, who reported "
        "on forced labour in Turkmenistan's cotton harvest. Sign it, and then **send it to two people** who have "
        "never heard of the harvest.",
        datetime(2017, 4, 4, 9, 5, tzinfo=UTC),
    ),
    CampaignUpdate(
        "10,000 names, and the first questions answered",
        "More than 10,000 of you have signed. Many asked the same three things:\n\n"
        "1. *Who sees my name?* Only the form of it that you chose.\n"
        "2. *May I sign from any country?* Yes.\n"
        "3. *May I translate the call?* Yes, please do, and tell us in the comments.",
        datetime(2017, 4, 10, 14, 30, tzinfo=UTC),
    ),
    CampaignUpdate(
        "The harvest returns, and he is still in prison",
        "It is cotton season again in Turkmenistan. A year ago Gaspar Matalaev was reporting on it. This autumn he "
        "cannot. If you have signed already, this is the moment to pass the petition on.",
        datetime(2017, 9, 18, 8, 0, tzinfo=UTC),
    ),
    CampaignUpdate(
        "One year since his arrest",
        "On 4 October 2016 Gaspar Matalaev was arrested. One year on, the call is the same: **free him, and let "
        "people report on the harvest without fear.**",
        datetime(2017, 10, 4, 7, 0, tzinfo=UTC),
    ),
    CampaignUpdate(
        "Counted together: International Labor Rights Forum",
        "The International Labor Rights Forum has gathered 11,255 signatures for the same call. From today they are "
        "part of the number at the top of this page, listed separately so that you can see where each part of it "
        "comes from.",
        datetime(2018, 6, 29, 15, 0, tzinfo=UTC),
    ),
    CampaignUpdate(
        "Another harvest, two years on",
        "Today it is two years since the arrest of Gaspar Matalaev, and cotton is being picked again. Your comments "
        "under this campaign come from dozens of countries. Thank you for every one of them, and please keep asking "
        "where the cotton in your clothes was grown.",
        datetime(2018, 10, 4, 7, 30, tzinfo=UTC),
    ),
    CampaignUpdate(
        "100,000 names",
        "The counter has passed **100,000**: your signatures on this page together with those gathered by the "
        "International Labor Rights Forum. The sentence ends this year. We keep asking for his freedom until the "
        "day he has it.",
        datetime(2019, 8, 15, 9, 0, tzinfo=UTC),
    ),
    CampaignUpdate(
        "Gaspar Matalaev is free",
        "**Gaspar Matalaev was freed today, 6 September 2019, after serving his full three-year sentence.**\n\n"
        "He should never have spent a day in prison for reporting on forced labour, and the harvest that he reported "
        "on has not ended. But tonight he is not in a cell. To the 101,564 of you who signed: thank you.\n\n"
        "The petition is closed. The discussion below stays open. Read [the field report]"
        "(https://example.org/field-reports/gaspar-matalaev) for what comes next.",
        datetime(2019, 9, 6, 11, 0, tzinfo=UTC),
        is_pinned=True,
    ),
)

# Steep at the launch, then at each harvest, at the partner's joining, and before the sentence's end.
WAVES = (
    Wave(date(2017, 4, 4), 4200, 860),
    Wave(date(2017, 4, 4), 300, 985),
    Wave(date(2017, 5, 17), 700, 880),
    Wave(date(2017, 9, 18), 1100, 930),
    Wave(date(2017, 10, 4), 1500, 850),
    Wave(date(2018, 3, 8), 420, 930),
    Wave(date(2018, 6, 29), 600, 930),
    Wave(date(2018, 10, 4), 1100, 900),
    Wave(date(2018, 12, 10), 500, 930),
    Wave(date(2019, 4, 4), 600, 940),
    Wave(date(2019, 6, 20), 260, 985),
    Wave(date(2017, 4, 4), 18, 1000),
)

GASPAR = Campaign(
    slug="free-gaspar-matalaev",
    title="Free Gaspar Matalaev",
    call_to_action="Call on the Turkmen Government to free Gaspar Matalaev",
    target="The Government of Turkmenistan",
    body=BODY,
    state="WON",
    comment_policy="OPEN",
    launched_at=datetime(2017, 4, 4, 9, 0, tzinfo=UTC),
    signatures_end_at=datetime(2019, 9, 6, 10, 58, tzinfo=UTC),
    closed_at=datetime(2019, 9, 6, 11, 0, tzinfo=UTC),
    hero_image=Image(
        "https://example.org/images/gaspar-matalaev.jpg",
        "Portrait of Gaspar Matalaev",
        "Alternative Turkmenistan News",
    ),
    footnotes=(
        Footnote(
            "Alternative Turkmenistan News: reports on the cotton harvest.",
            "https://example.org/sources/harvest",
        ),
        Footnote(
            "Background: forced labour in the cotton harvest of Turkmenistan and where the cotton goes.",
            "https://example.org/sources/background",
        ),
        Footnote(
            "International Labor Rights Forum: 11,255 signatures for the same call.",
            "https://example.org/sources/partner-signatures",
        ),
    ),
    timeline=(
        TimelineEntry(date(2016, 10, 4), "Gaspar Matalaev is arrested"),
        TimelineEntry(date(2017, 4, 4), "The campaign for his freedom is launched"),
        TimelineEntry(date(2019, 9, 6), "Gaspar Matalaev is freed after serving his full three-year sentence"),
    ),
    resources=(
        Resource(
            "What forced labour is, and how to recognise it",
            "https://example.org/learn/forced-labour",
            "ARTICLE",
        ),
        Resource("Cotton, from the field to the shop", "https://example.org/learn/cotton", "REPORT"),
        Resource("The harvest, explained in four minutes", "https://example.org/watch/harvest", "VIDEO"),
        Resource("Ask your shop where its cotton comes from", "https://example.org/act/ask-your-shop", "CAMPAIGN"),
    ),
    donation=DonationAppeal(
        "Chip in so that the next monitor is not alone",
        "https://example.org/donate",
        (Money(1000, "USD"), Money(2500, "USD"), Money(5000, "USD"), Money(10000, "USD")),
    ),
    updates=UPDATES,
    outcome=Outcome(
        date(2019, 9, 6),
        "Gaspar Matalaev is free",
        "Gaspar Matalaev was freed on **6 September 2019** after serving his full three-year sentence. "
        "101,564 people had called for his release.",
        "https://example.org/field-reports/gaspar-matalaev",
    ),
    partners=(
        Partner(
            "International Labor Rights Forum",
            "https://example.org/partners/ilrf",
            Image("https://example.org/images/ilrf.png", "International Labor Rights Forum"),
            "Gathered signatures for the same call",
            11_255,
            date(2018, 6, 29),
        ),
    ),
    direct_signatures=90_309,
    countries=WORLD,
    waves=WAVES,
    latest_signer=KATHARINA,
)
