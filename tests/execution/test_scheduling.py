"""Scheduling: awaitables are awaited one level at a time, and concurrent requests are isolated."""

import asyncio
from typing import Any

from tests.execution import sample

COMPILED = sample.schema()


def test_batch_loader_gets_all_keys_of_a_level_at_once() -> None:
    viewer = sample.Viewer()
    text = "{ comments { replies { nodes { id replies { total } } } } }"

    result = asyncio.run(COMPILED.execute(text, context_value=viewer))

    assert result.errors is None
    assert viewer.batches == [["c0", "c1", "c2"], ["c00", "c01", "c10", "c11"]]


def test_branches_of_different_depth_share_batches() -> None:
    viewer = sample.Viewer()
    text = '{ comments { loaded { loaded { id } } } comment(id: "c0") { loaded { replies { total } } } }'

    asyncio.run(COMPILED.execute(text, context_value=viewer))

    assert len(viewer.batches) == 2


def test_concurrent_requests_have_their_own_context_and_variables() -> None:
    text = "query ($n: Int!) { viewer comments(first: $n) { id loaded { id } } }"

    async def run_all() -> list[Any]:
        viewers = [sample.Viewer(name=str(number)) for number in range(20)]
        runs = (COMPILED.execute(text, {"n": number % 4}, viewer) for number, viewer in enumerate(viewers))
        results = await asyncio.gather(*runs)
        assert all(len(viewer.batches) <= 1 for viewer in viewers)
        return results

    for number, result in enumerate(asyncio.run(run_all())):
        assert result.data["viewer"] == str(number)
        assert len(result.data["comments"]) == min(number % 4, 3)


def test_failing_request_does_not_affect_a_concurrent_one() -> None:
    text = "{ comments { loaded { loud } } }"

    async def both() -> tuple[Any, Any]:
        return await asyncio.gather(
            COMPILED.execute(text, context_value=sample.Viewer({"loud": "raise"})),
            COMPILED.execute(text, context_value=sample.Viewer()),
        )

    failed, succeeded = asyncio.run(both())
    assert failed.data is None
    assert succeeded.errors is None


def test_cancelled_request_cancels_its_tasks() -> None:
    cancelled_batches: list[str] = []

    async def load_slowly(ids: list[str]) -> list[Any]:
        try:
            await asyncio.sleep(60)
        finally:
            cancelled_batches.append(",".join(ids))
        return []

    async def cancel_request() -> None:
        viewer = sample.Viewer()
        viewer.replies.load_fn = load_slowly
        task = asyncio.ensure_future(COMPILED.execute("{ comments { loaded { id } } }", context_value=viewer))
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert all("dispatch_batch" in repr(other) for other in others)
        for other in others:
            other.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    asyncio.run(cancel_request())
    assert cancelled_batches == ["c0,c1,c2"]
