"""Erasing a person, and the receipt for it."""

from datetime import datetime

import strawberry

import models
import resolvers.erasures
import storage
from schema.fields import field
from schema.mutations import mutation


@strawberry.type(description="What was touched when a person was erased. It names nobody, and is kept.")
class ErasureReceipt:
    id: strawberry.ID = field(resolvers.erasures.receipt_id)
    erased_at: datetime = field("When.")
    signatures: int = field("Signatures that were cut off from the person.")
    comments: int = field("Comments that became tombstones, or stay without a name.")
    reactions: int = field("Reactions that were taken back.")
    votes: int = field("Votes that were taken back.")
    donations: int = field("Donations whose donor was forgotten.")

    model: strawberry.Private[type[storage.Row]] = models.Erasure


@strawberry.type
class ErasureMutation:
    erase_supporter = mutation(resolvers.erasures.erase_supporter, receipt=ErasureReceipt)
