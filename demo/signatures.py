"""When people signed and from where: waves of arrivals, the same second on every machine."""

from datetime import UTC, datetime, timedelta
from random import Random

from demo.chance import apportion, below, shuffle
from demo.people import people
from demo.shapes import Campaign, DemoSignature

_DAY = 86_400
# How busy each hour (UTC) of a day is: quiet while Europe sleeps, busiest in its evening.
_HOURS = (6, 5, 4, 3, 3, 4, 7, 11, 15, 18, 19, 18, 19, 18, 17, 17, 18, 20, 22, 23, 21, 17, 12, 9)


def signatures(campaign: Campaign) -> list[DemoSignature]:
    """Every direct signature, earliest first; one's place in this list is its supporter's number."""
    moments = _moments(campaign)
    signers = list(people(_seed(campaign), _countries(campaign)))
    if campaign.latest_signer:
        signers[-1] = campaign.latest_signer
    return [
        DemoSignature(datetime.fromtimestamp(moment, UTC), signer)
        for moment, signer in zip(moments, signers, strict=True)
    ]


def _seed(campaign: Campaign) -> int:
    return int.from_bytes(campaign.slug.encode()[:7], "big")


def _countries(campaign: Campaign) -> list[str]:
    shares = apportion(campaign.direct_signatures, [parts for _, parts in campaign.countries] or [1])
    drawn = [code for (code, _), share in zip(campaign.countries, shares, strict=False) for _ in range(share)]
    shuffle(Random(_seed(campaign) + 1), drawn)
    return drawn


def _moments(campaign: Campaign) -> list[int]:
    if not campaign.direct_signatures or not campaign.launched_at or not campaign.signatures_end_at:
        return []
    rng = Random(_seed(campaign) + 2)
    start, end = int(campaign.launched_at.timestamp()), int(campaign.signatures_end_at.timestamp())
    first_midnight = start - start % _DAY
    slots = [
        (from_, to, parts * hour)
        for day, parts in enumerate(_parts_by_day(campaign))
        for clock, hour in enumerate(_HOURS)
        for from_ in (max(start, first_midnight + day * _DAY + clock * 3600),)
        for to in (min(end, first_midnight + day * _DAY + clock * 3600 + 3600),)
        if from_ < to
    ]
    shares = apportion(campaign.direct_signatures, [parts for _, _, parts in slots])
    moments = [
        from_ + below(rng, to - from_)
        for (from_, to, _), share in zip(slots, shares, strict=True)
        for _ in range(share)
    ]
    return sorted(moments)


def _parts_by_day(campaign: Campaign) -> list[int]:
    assert campaign.launched_at and campaign.signatures_end_at
    first = campaign.launched_at.date()
    days = (campaign.signatures_end_at.date() - first).days + 1
    parts = [0] * days
    for wave in campaign.waves:
        level = wave.parts * 1000
        for day in range((wave.starts_on - first) // timedelta(days=1), days):
            parts[day] += level // 1000
            level = level * wave.keeps_per_mille // 1000
    return parts
