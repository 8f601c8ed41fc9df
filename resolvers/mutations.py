"""Run mutations: rate limit, one transaction, idempotency key, retry on deadlock, and a wake-up after the commit."""

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
from auth.token_cache import end_of
from models import Supporter, idempotency
from refusals import CommittedRefusal, InputReason, ProblemCode, Refusal, invalid, unauthenticated
from resolvers.context import Context
from storage.database import Deadlock

MAX_IDEMPOTENCY_KEY_LENGTH = 64
MIN_SECRET_KEY_LENGTH, MIN_SECRET_KEY_VARIETY = 16, 6
"""Characters, and different characters, of an idempotency key that nobody can guess."""
MAX_DEADLOCK_ATTEMPTS = 5
RETRY_DELAY_SECONDS = 0.05
"""Minimum delay before the first retry. The delay is random up to twice as long, and grows with each retry."""

Payload = dict[str, Any]
Perform = Callable[[Context], Awaitable[Payload]]
log = logging.getLogger("groundswell.mutations")
_running_tasks: set[asyncio.Task[Any]] = set()


@dataclass(frozen=True)
class MutationCall:
    """One call of a mutation by a client, perhaps with an idempotency key."""

    mutation: str
    arguments: dict[str, Any]
    idempotency_key: str | None
    payload_models: dict[str, type[storage.Row] | None]
    """The model of each payload item, which is a row or a list of rows; None for a plain value.

    A stored answer holds the ids of rows.
    """

    @property
    def fingerprints(self) -> list[str]:
        """Return keyed hashes of the arguments, newest key first. The hash is keyed so that nobody can guess input."""
        text = orjson.dumps(self.arguments, option=orjson.OPT_SORT_KEYS, default=str)
        return storage.sealing.keys().hashes(text.decode())

    def encode_answer(self, payload: Payload) -> str:
        """Return the answer to store: JSON with the ids of the payload's rows."""
        items = self.payload_models.items()
        answer = {name: _ids_of(payload[name]) if model else payload[name] for name, model in items}
        return orjson.dumps(answer).decode()

    async def load_answer(self, answer: dict[str, Any]) -> Payload:
        """Return the payload of a stored answer, with its rows as they are now."""
        payload = dict(answer)
        for name, model in self.payload_models.items():
            if model is not None and answer[name] is not None:
                is_list = isinstance(answer[name], list)
                ids = answer[name] if is_list else [answer[name]]
                rows = await storage.by_ids(model, ids)
                found = [rows.get(row_id) for row_id in ids]
                payload[name] = found if is_list else found[0]
                if None in found:
                    message = "What the first request with this `idempotencyKey` made is gone: take a new key."
                    raise Refusal(ProblemCode.CONFLICT, message, "idempotencyKey")
        return payload


def _ids_of(item: Any) -> Any:
    """Return the id of a row, or the ids of a list of rows; null for null."""
    if isinstance(item, list):
        return [row.pk for row in item]
    return None if item is None else item.pk


def checked_key(key: str | None) -> str | None:
    """Return a client's idempotency key, if it is well-formed."""
    if key is not None:
        longest = MAX_IDEMPOTENCY_KEY_LENGTH
        if not key:
            raise invalid("Give a key, or leave it out.", "idempotencyKey", reason=InputReason.EMPTY)
        if len(key) > longest:
            message = "The key is too long: at most {limit} characters fit."
            raise invalid(message, "idempotencyKey", reason=InputReason.TOO_LONG, limit=longest)
        if not (key.isascii() and key.isprintable()) or " " in key:
            raise invalid("A key has only visible ASCII characters, and no spaces.", "idempotencyKey")
    return key


def is_secret(key: str | None) -> bool:
    """Return whether an idempotency key is a random one, which proves to be of the client that sent it first.

    The network and the browser of a visitor prove nothing: many visitors share both.
    """
    return key is not None and len(key) >= MIN_SECRET_KEY_LENGTH and len(set(key)) >= MIN_SECRET_KEY_VARIETY


async def run_mutation(context: Context, call: MutationCall, perform: Perform) -> tuple[Payload, bool]:
    """Run a mutation. Return its payload, and True if the payload is replayed from an earlier call with the key.

    Once begun, the mutation is completed even if the client disconnects, so that a client's disconnect does not
    decide what is written.
    """
    await context.rate_limits.hit(call.mutation, context.viewer, context.network_hash)
    task = asyncio.create_task(_run_and_notify(context, call, perform))
    _running_tasks.add(task)
    task.add_done_callback(_running_tasks.discard)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        task.add_done_callback(_log_failure)
        raise


def _log_failure(task: asyncio.Task[Any]) -> None:
    """Log the error of a mutation whose client has disconnected. A Refusal is no failure of the server."""
    error = None if task.cancelled() else task.exception()
    if error is not None and not isinstance(error, Refusal):
        log.error("a mutation failed after its client had disconnected", exc_info=error)


async def finish_running() -> None:
    """Wait for the mutations in progress, when the server stops."""
    if _running_tasks:
        await asyncio.wait(_running_tasks)


async def _run_and_notify(context: Context, call: MutationCall, perform: Perform) -> tuple[Payload, bool]:
    """Run the mutation in a context of its own, then the after-commit actions, and wake live readers."""
    context = context.for_write()
    try:
        result = await _run_with_retries(context, call, perform)
    except IntegrityError:
        if await _is_viewer_gone(context):  # a foreign key failed, since the viewer was erased meanwhile
            raise unauthenticated() from None
        raise
    except CommittedRefusal:
        _notify(context)
        raise
    _notify(context)
    if context.forgets:
        await storage.forget()
    return result


def _notify(context: Context) -> None:
    """Run the actions for after the commit, and wake the live readers of the campaigns with new activity."""
    context.loaders.clear()
    for act in context.after_commit:
        act()
    for campaign_id, seq in context.wake_ups.items():
        context.live.wake(campaign_id, seq)


async def _run_with_retries(context: Context, call: MutationCall, perform: Perform) -> tuple[Payload, bool]:
    """Run the transaction, and retry on deadlock with a growing random delay.

    A deadlock is possible since a changed name is written to the activity log of several campaigns.
    """
    attempt = 1
    while True:
        try:
            async with storage.transaction():
                try:
                    return await _run_idempotent(context, call, perform)
                except CommittedRefusal as refusal:
                    committed_refusal = refusal
            raise committed_refusal
        except Deadlock:
            if attempt == MAX_DEADLOCK_ATTEMPTS:
                raise
            context.wake_ups.clear()
            context.after_commit.clear()
            await asyncio.sleep(attempt * uniform(RETRY_DELAY_SECONDS, 2 * RETRY_DELAY_SECONDS))
            attempt += 1


async def _run_idempotent(context: Context, call: MutationCall, perform: Perform) -> tuple[Payload, bool]:
    """Perform the mutation, or replay the stored answer if the viewer has used the idempotency key before."""
    if context.viewer.has_ended:  # while the mutation waited for its turn
        raise end_of(context.viewer)
    if call.idempotency_key is None:
        return await perform(context), False
    owner = _key_owner(context)
    now = context.now()
    await storage.fetch(idempotency.DELETE_EXPIRED, now - timedelta(hours=context.settings.idempotency_hours))
    key = (owner, call.mutation, call.idempotency_key)
    claimed = await storage.fetch_one(idempotency.CLAIM_KEY, *key, call.fingerprints[0], now)
    if claimed is None:
        return await _replay(call, key), True
    try:
        payload = await perform(context)
    except CommittedRefusal:  # a retry performs the mutation again
        await storage.fetch(idempotency.RELEASE_KEY, claimed[0])
        raise
    await storage.fetch(idempotency.STORE_ANSWER, claimed[0], call.encode_answer(payload))
    return payload, False


def _key_owner(context: Context) -> str:
    supporter_id = context.viewer.supporter_id
    if supporter_id is None:
        return idempotency.visitor_owner(context.visitor_hash)
    return idempotency.supporter_owner(supporter_id)


async def _replay(call: MutationCall, key: tuple[str, str, str]) -> Payload:
    """Return the payload of the first call with this key. Refuse the key if the first call had other arguments."""
    stored = await storage.fetch_one(idempotency.SELECT_ANSWER, *key)
    if stored is None or stored[0] not in call.fingerprints:
        raise Refusal(
            ProblemCode.IDEMPOTENCY_CONFLICT,
            "This `idempotencyKey` was used with another input: take a new key for a new wish.",
            "idempotencyKey",
        )
    return await call.load_answer(orjson.loads(stored[1]))


async def _is_viewer_gone(context: Context) -> bool:
    """Return True if the viewer's token was revoked or the viewer erased since the request began.

    The question is asked in a transaction, which follows the erasure's: on SQLite, other connections do not see the
    erasure until the commit that both share.
    """
    viewer_id = context.viewer.supporter_id
    if context.viewer.is_revoked or viewer_id is None:
        return context.viewer.is_revoked
    async with storage.transaction():
        return not await storage.by_ids(Supporter, [viewer_id])
