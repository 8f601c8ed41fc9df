"""Every mutation runs here: one transaction, at most once for an idempotency key, then a wake-up for live readers."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from random import uniform
from typing import Any

import orjson
from tortoise.exceptions import IntegrityError

import storage
from models import Supporter, idempotency
from refusals import CommittedRefusal, ProblemCode, Refusal, invalid, unauthenticated
from resolvers.context import Context
from storage.database import Deadlock

KEY_LENGTH = 64
TRIES = 5  # of a write that another one stood in the way of
PAUSE = 0.05  # seconds before it is tried again, up to twice that, and more each time: the other one goes on meanwhile
Perform = Callable[[Context], Awaitable[dict[str, Any]]]
log = logging.getLogger("groundswell.writing")
_running: set[asyncio.Task[Any]] = set()


@dataclass(frozen=True)
class Attempt:
    """A mutation as it was asked for, with the key that tells a retry from a second wish."""

    mutation: str
    values: dict[str, Any]
    key: str | None
    rows: dict[str, type[storage.Row] | None]
    """The payload's items that an answer is kept by: their table, or null for plain values."""

    @property
    def fingerprints(self) -> list[str]:
        """The input's keyed hash, by the newest key first: what it says of a person can't be guessed from it."""
        text = orjson.dumps(self.values, option=orjson.OPT_SORT_KEYS, default=str)
        return storage.sealing.keys().hashes(text.decode())

    def check_key(self) -> None:
        key = self.key
        if key is not None and not (1 <= len(key) <= KEY_LENGTH and key.isascii() and key.isprintable()):
            raise invalid(f"`idempotencyKey` must be 1 to {KEY_LENGTH} visible ASCII characters.", "idempotencyKey")
        if key is not None and " " in key:
            raise invalid("`idempotencyKey` must not hold spaces.", "idempotencyKey")

    def kept(self, answer: dict[str, Any]) -> str:
        kept = {name: answer[name].pk if model and answer[name] else answer[name] for name, model in self.rows.items()}
        return orjson.dumps(kept).decode()

    async def restored(self, kept: dict[str, Any]) -> dict[str, Any]:
        answer = dict(kept)
        for name, model in self.rows.items():
            if model is not None and kept[name] is not None:
                answer[name] = (await storage.by_ids(model, [kept[name]])).get(kept[name])
                if answer[name] is None:
                    message = "What the first request with this `idempotencyKey` made is gone: take a new key."
                    raise Refusal(ProblemCode.CONFLICT, message, "idempotencyKey")
        return answer


async def write(context: Context, attempt: Attempt, perform: Perform) -> tuple[dict[str, Any], bool]:
    """The payload's items, and whether they are the answer to an earlier, equal attempt.

    Once begun it is finished, even if the client goes away meanwhile: a connection that is cut does not leave it
    to chance what was written.
    """
    await context.rate_limits.take(attempt.mutation, context.viewer, context.network_hash)
    attempt.check_key()
    task = asyncio.create_task(_transact(context, attempt, perform))
    _running.add(task)
    task.add_done_callback(_running.discard)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        task.add_done_callback(_unheard)
        raise


def _unheard(task: asyncio.Task[Any]) -> None:
    """The client is gone: nobody is left to tell a refusal; a mistake of ours is told to the operator."""
    error = None if task.cancelled() else task.exception()
    if error is not None and not isinstance(error, Refusal):
        log.error("a write failed whose client is gone", exc_info=error)


async def finish() -> None:
    """Wait for the writes that were begun; for a process that stops."""
    if _running:
        await asyncio.wait(_running)


async def _transact(context: Context, attempt: Attempt, perform: Perform) -> tuple[dict[str, Any], bool]:
    context = context.for_write()
    try:
        result = await _committed(context, attempt, perform)
    except IntegrityError:
        if await _is_gone(context):  # the token outlived its person
            raise unauthenticated() from None
        raise
    except CommittedRefusal:
        _tell(context)
        raise
    _tell(context)
    return result


def _tell(context: Context) -> None:
    """After the commit."""
    context.loaders.clear()
    for act in context.after_commit:
        act()
    for campaign_id, seq in context.wake_ups.items():
        context.live.wake(campaign_id, seq)


async def _committed(context: Context, attempt: Attempt, perform: Perform) -> tuple[dict[str, Any], bool]:
    """A name that changes is told to several campaigns, so two writes may come to wait for each other."""
    tries_left = TRIES
    while True:
        try:
            async with storage.transaction():
                try:
                    return await _once(context, attempt, perform)
                except CommittedRefusal as refusal:
                    refused = refusal
            raise refused
        except Deadlock:
            tries_left -= 1
            if not tries_left:
                raise
            context.wake_ups.clear()
            context.after_commit.clear()
            await asyncio.sleep((TRIES - tries_left) * uniform(PAUSE, 2 * PAUSE))


async def _once(context: Context, attempt: Attempt, perform: Perform) -> tuple[dict[str, Any], bool]:
    if attempt.key is None:
        return await perform(context), False
    viewer = context.viewer.supporter_id
    owner = idempotency.of_visitor(context.visitor_hash) if viewer is None else idempotency.of_person(viewer)
    at = context.now()
    await storage.fetch(idempotency.FORGET, at - timedelta(hours=context.settings.idempotency_hours))
    claim = (owner, attempt.mutation, attempt.key)
    claimed = await storage.fetch_one(idempotency.CLAIM, *claim, attempt.fingerprints[0], at)
    if claimed is None:
        return await _first_answer(attempt, claim), True
    try:
        answer = await perform(context)
    except CommittedRefusal:  # a retry is another try
        await storage.fetch(idempotency.GIVE_UP, claimed[0])
        raise
    await storage.fetch(idempotency.REMEMBER, claimed[0], attempt.kept(answer))
    return answer, False


async def _first_answer(attempt: Attempt, claim: tuple[str, str, str]) -> dict[str, Any]:
    found = await storage.fetch_one(idempotency.FIND, *claim)
    if found is None or found[0] not in attempt.fingerprints:
        raise Refusal(
            ProblemCode.IDEMPOTENCY_CONFLICT,
            "This `idempotencyKey` was used with another input: take a new key for a new wish.",
            "idempotencyKey",
        )
    return await attempt.restored(orjson.loads(found[1]))


async def _is_gone(context: Context) -> bool:
    viewer = context.viewer.supporter_id
    return context.viewer.is_ended or (viewer is not None and not await storage.by_ids(Supporter, [viewer]))
