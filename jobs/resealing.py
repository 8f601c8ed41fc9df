"""A new key for what is stored sealed: people, mails that wait, and what other issuers call people."""

from collections.abc import Awaitable, Callable
from typing import Any

import models
from models import Identity, Mail, Profile, identities, mails, signatures, supporters
from models.database import Statement

BATCH = 1_000
"""Rows in one transaction."""


async def reseal() -> int:
    """Seal anew, by the first key, what another has sealed; returns how many people that was."""
    await _each(Mail, mails.UNSEALED, _mail)
    await _each(Identity, identities.UNSEALED, _identity)
    return await _each(Profile, supporters.UNSEALED, _profile)


async def _each(model: type[models.Row], unsealed: Statement, write: Callable[[Any], Awaitable[None]]) -> int:
    count, last, newest = 0, 0, models.sealing.keys().newest
    while True:
        async with models.transaction():
            batch = await models.read(model, unsealed, last, newest, BATCH)
            for row in batch:
                await write(row)
        if not batch:
            return count
        count, last = count + len(batch), batch[-1].id


async def _profile(profile: Profile) -> None:
    resealed = supporters.resealed(profile)
    await models.fetch(supporters.RESEAL, *resealed)
    await models.fetch(signatures.REHASH, profile.supporter_id, profile.email_hash, resealed[-1])


async def _mail(mail: Mail) -> None:
    await models.fetch(mails.RESEAL, *mails.resealed(mail))


async def _identity(identity: Identity) -> None:
    kept = identities.subject(models.sealing.keys().open(identity.subject_sealed, identities.PLACE))
    await models.fetch(identities.RESEAL, identity.id, kept["subject_hash"], kept["subject_sealed"])
