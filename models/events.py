"""Statements for the list of the events of all campaigns. The events are rows of the activity log."""

from storage.database import Statement

# Campaigns whose last seq is not the one that was read ($1: pairs of campaign and seq). The index of the most active
# campaigns has both columns, so that no campaign's row is read, whose texts are long.
_WITH_OTHER_SEQ = (
    "SELECT id, activity_seq FROM campaigns WHERE activity_seq > 0{where} EXCEPT SELECT a, b FROM {{pairs $1}} seen"
)
SELECT_CAMPAIGNS_WITH_NEWS = Statement(_WITH_OTHER_SEQ.format(where=""))
SELECT_PUBLIC_CAMPAIGNS_WITH_NEWS = Statement(
    _WITH_OTHER_SEQ.format(where=" AND id NOT IN (SELECT d.id FROM campaigns d WHERE d.state = 'DRAFT')")
)
