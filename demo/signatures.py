"""Signatures: when and from where people signed, drawn from a seed."""

from datetime import UTC, datetime, timedelta
from random import Random

from demo.people import people
from demo.random_draws import apportion, random_below, shuffle
from demo.types import DemoCampaign, DemoSignature

_DAY_SECONDS = 86_400
# Weights of the hours (UTC) of a day: few signatures while Europe sleeps, most in its evening.
_HOUR_WEIGHTS = (6, 5, 4, 3, 3, 4, 7, 11, 15, 18, 19, 18, 19, 18, 17, 17, 18, 20, 22, 23, 21, 17, 12, 9)


def signatures(campaign: DemoCampaign) -> list[DemoSignature]:
    """Return every direct signature, oldest first; a signature's index in the list is the supporter's index."""
    timestamps = _timestamps(campaign)
    signers = list(people(_seed(campaign), _countries(campaign)))
    if campaign.latest_signer:
        signers[-1] = campaign.latest_signer
    return [
        DemoSignature(datetime.fromtimestamp(timestamp, UTC), signer)
        for timestamp, signer in zip(timestamps, signers, strict=True)
    ]


def _seed(campaign: DemoCampaign) -> int:
    return int.from_bytes(campaign.slug.encode()[:7], "big")


def _countries(campaign: DemoCampaign) -> list[str]:
    """Return the country of each signer, in random order."""
    weights = campaign.country_weights
    shares = apportion(campaign.direct_signatures, list(weights.values()) or [1])
    countries = [country for country, share in zip(weights, shares, strict=False) for _ in range(share)]
    shuffle(Random(_seed(campaign) + 1), countries)
    return countries


def _timestamps(campaign: DemoCampaign) -> list[int]:
    """Return the ascending timestamps of the signatures, spread by the weights of days and hours."""
    if not campaign.direct_signatures or not campaign.launched_at or not campaign.signatures_end_at:
        return []
    rng = Random(_seed(campaign) + 2)
    start, end = int(campaign.launched_at.timestamp()), int(campaign.signatures_end_at.timestamp())
    first_midnight = start - start % _DAY_SECONDS
    slots = [
        (slot_start, slot_end, day_weight * hour_weight)
        for day, day_weight in enumerate(_day_weights(campaign))
        for hour, hour_weight in enumerate(_HOUR_WEIGHTS)
        for slot_start in (max(start, first_midnight + day * _DAY_SECONDS + hour * 3600),)
        for slot_end in (min(end, first_midnight + day * _DAY_SECONDS + hour * 3600 + 3600),)
        if slot_start < slot_end
    ]
    shares = apportion(campaign.direct_signatures, [weight for _, _, weight in slots])
    timestamps = [
        slot_start + random_below(rng, slot_end - slot_start)
        for (slot_start, slot_end, _), share in zip(slots, shares, strict=True)
        for _ in range(share)
    ]
    return sorted(timestamps)


def _day_weights(campaign: DemoCampaign) -> list[int]:
    """Return the weight of each day from the launch to the last signature: the sum over all signing periods."""
    assert campaign.launched_at and campaign.signatures_end_at
    first = campaign.launched_at.date()
    days = (campaign.signatures_end_at.date() - first).days + 1
    weights = [0] * days
    for period in campaign.signing_periods:
        level = period.first_day_weight * 1000
        for day in range((period.starts_on - first) // timedelta(days=1), days):
            weights[day] += level // 1000
            level = level * period.next_day_per_mille // 1000
    return weights
