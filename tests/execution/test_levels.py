"""What is asynchronous is awaited a level at a time, and one request never sees another."""

import asyncio
from typing import Any

from tests.execution import sample

COMPILED = sample.schema()


def test_a_batch_loader_sees_a_whole_level_at_once() -> None:
    viewer = sample.Viewer()
    text = "{ comments { replies { nodes { id replies { total } } } } }"

    result = asyncio.run(COMPILED.execute(text, context_value=viewer))

    assert result.errors is None
    assert viewer.batches == [["c0", "c1", "c2"], ["c00", "c01", "c10", "c11"]]


def test_levels_keep_together_where_branches_differ_in_length() -> None:
    viewer = sample.Viewer()
    text = '{ comments { loaded { loaded { id } } } comment(id: "c0") { loaded { replies { total } } } }'

    asyncio.run(COMPILED.execute(text, context_value=viewer))

    assert len(viewer.batches) == 2


def test_requests_at_once_do_not_see_each_other() -> None:
    text = "query ($n: Int!) { viewer comments(first: $n) { id loaded { id } } }"

    async def both() -> list[Any]:
        viewers = [sample.Viewer(name=str(number)) for number in range(20)]
        runs = (COMPILED.execute(text, {"n": number % 4}, viewer) for number, viewer in enumerate(viewers))
        results = await asyncio.gather(*runs)
        assert all(len(viewer.batches) <= 1 for viewer in viewers)
        return results

    for number, result in enumerate(asyncio.run(both())):
        assert result.data["viewer"] == str(number)
        assert len(result.data["comments"]) == min(number % 4, 3)


def test_one_that_fails_does_not_disturb_another() -> None:
    text = "{ comments { loaded { loud } } }"

    async def both() -> tuple[Any, Any]:
        return await asyncio.gather(
            COMPILED.execute(text, context_value=sample.Viewer({"loud": "raise"})),
            COMPILED.execute(text, context_value=sample.Viewer()),
        )

    failed, fine = asyncio.run(both())
    assert failed.data is None
    assert fine.errors is None


def test_a_request_that_is_cancelled_ends_its_tasks() -> None:
    ended: list[str] = []

    async def slow(ids: list[str]) -> list[Any]:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(",".join(ids))
        return []

    async def cancelled() -> None:
        viewer = sample.Viewer()
        viewer.replies.load_fn = slow
        task = asyncio.ensure_future(COMPILED.execute("{ comments { loaded { id } } }", context_value=viewer))
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert all("dispatch_batch" in repr(other) for other in others)
        for other in others:
            other.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    asyncio.run(cancelled())
    assert ended == ["c0,c1,c2"]
