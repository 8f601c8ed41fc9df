"""Global ids: read the row's id from an id that the API returned."""

from resolvers.ids import parse


def row_id(node_id: str) -> int:
    """Return the id of the database row that a global id names, whatever its type is."""
    parsed = parse(node_id)
    assert parsed is not None, f"{node_id!r} is not a global id"
    return parsed[1]
