"""Size limits of answers: replace the data of an answer that would be too large by an error, before it is encoded."""

from typing import Any

from strawberry.types.execution import ExecutionResult

from .limits import limit_error


def limit_answer(result: ExecutionResult, max_bytes: int) -> ExecutionResult:
    """Return the result, or an error in its place if its names and texts alone have more than `max_bytes`.

    An encoder would allocate all of them: the same text under sixty aliases is stored once, and written sixty times.
    """
    length = characters(result.data, max_bytes)
    return too_large(result, length, max_bytes) if length > max_bytes else result


def too_large(result: ExecutionResult, length: int, max_bytes: int) -> ExecutionResult:
    """Return the result of an operation whose answer is too large: no data, and an error that says so."""
    return ExecutionResult(None, [limit_error("answer", length, max_bytes, "")], result.extensions)


def characters(data: Any, most: int) -> int:
    """Count the characters of the names and texts in an answer, and stop when there are more than `most`."""
    count, waiting = 0, [data]
    while waiting and count <= most:
        value = waiting.pop()
        if isinstance(value, str):
            count += len(value)
        elif isinstance(value, dict):
            count += sum(map(len, value))
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return count
