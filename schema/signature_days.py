"""The chart of a campaign's signatures over time."""

from datetime import date

import strawberry

from models import SafeInt
from resolvers.signature_days import Interval
from schema.fields import enum, field

enum(
    Interval,
    "The length of the buckets of a chart. All begin at midnight UTC.",
    DAY="A day.",
    WEEK="A week, which begins on Monday (ISO 8601).",
    MONTH="A month of the calendar.",
)


@strawberry.type(
    description="""The net change of a campaign's signatures in a period of whole UTC days.

A withdrawn or erased signature is subtracted on the day of the withdrawal or erasure, so a change may be below 0, and
a bucket of the past never changes. The sum of all buckets since the launch is the counter of now."""
)
class SignatureBucket:
    start: date = field("The first day of the bucket.")
    direct: SafeInt = field("Signatures given on this site and confirmed, less those that were withdrawn.")
    partner: SafeInt = field("By how much the numbers of partners rose.")
