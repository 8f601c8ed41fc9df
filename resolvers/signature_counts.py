"""How a signature's coming and going moves every count that speaks of it, in the transaction that moves it.

Counters are arithmetic in SQL. Whoever calls has locked the campaign's row, so that the signatures of one campaign
come and go one after another.
"""

from datetime import datetime

import storage
from models import ActivityKind, Campaign, Signature, SignatureState, SubjectType, campaigns, signatures
from resolvers import milestones
from resolvers.activity import record
from resolvers.context import Context

CONFIRMED, PENDING, WITHDRAWN = SignatureState.CONFIRMED, SignatureState.PENDING, SignatureState.WITHDRAWN


async def count(context: Context, signature: Signature, before: SignatureState | None, at: datetime) -> Campaign:
    """Count a signature that was counted as `before` (null: it was not) and is now what the row says.

    Gives the campaign as it is afterwards. Of one that is not counted nothing is told.
    """
    after = signature.state if signature.is_counted else None
    direct, pending, withdrawn = ((after is state) - (before is state) for state in (CONFIRMED, PENDING, WITHDRAWN))
    if not (direct or pending or withdrawn):
        return await campaign_of(signature)
    moved = (direct, pending, withdrawn, max(direct, 0), at)
    (campaign,) = await storage.read(Campaign, signatures.COUNT, signature.campaign_id, *moved)
    if direct and signature.country:
        await storage.fetch(signatures.COUNT_COUNTRY, campaign.id, signature.country, direct)
    if direct > 0:
        await _tell(context, campaign, signature, at)
    elif direct < 0:
        await hide(context, signature, at)
    return campaign


async def _tell(context: Context, campaign: Campaign, signature: Signature, at: datetime) -> None:
    subject, seq = (SubjectType.SIGNATURE, signature.id), campaign.activity_seq
    await record(context, campaign.id, ActivityKind.SIGNED, subject, at, actor_id=signature.supporter_id, seq=seq)
    await milestones.reach(context, campaign.id, campaign.supporter_count - 1, campaign.supporter_count, at)


async def hide(context: Context, signature: Signature, at: datetime) -> None:
    """The ticker goes on telling that someone signed, but not who; those who watch read its names again."""
    told = (signature.supporter_id, signature.campaign_id, signature.id)
    if await storage.fetch(signatures.HIDE, *told):
        subject = (SubjectType.CAMPAIGN, signature.campaign_id)
        await record(context, signature.campaign_id, ActivityKind.NAME_CHANGED, subject, at)


async def take_place(signature: Signature, hashes: list[str], at: datetime) -> Signature:
    """The signature, counted now in the state that it is in unless a confirmed one has the place of its address.

    One that only waits gives the place up: whoever is confirmed first is the one who counts.
    """
    place = storage.json_list(hashes)
    left = await storage.fetch(signatures.LEAVE_PLACE, signature.campaign_id, place)
    if left:
        await storage.fetch(signatures.COUNT, signature.campaign_id, 0, -len(left), 0, 0, at)
    taken = await storage.read_one(Signature, signatures.TAKE_PLACE, signature.id, signature.campaign_id, place)
    return taken or signature


async def campaign_of(signature: Signature) -> Campaign:
    (campaign,) = await storage.read(Campaign, campaigns.SELECT_BY_ID, signature.campaign_id)
    return campaign
