"""Erasing a person, and the receipt of the erasure."""

from datetime import datetime

import strawberry

import models
import resolvers.erasures
import storage
from schema.fields import field
from schema.mutations import mutation


@strawberry.type(description="The counts of what was erased with a person. A receipt names nobody, and is kept.")
class ErasureReceipt:
    id: strawberry.ID = field(resolvers.erasures.id)
    erased_at: datetime = field("When the person was erased.")
    signatures: int = field("Signatures that lost their signer.")
    comments: int = field("Comments that became tombstones, or were kept without a name.")
    reactions: int = field("Reactions that were deleted.")
    votes: int = field("Votes that were deleted.")
    donations: int = field("Donations that lost their donor.")

    model: strawberry.Private[type[storage.Row]] = models.Erasure


@strawberry.type
class ErasureMutation:
    erase_supporter = mutation(resolvers.erasures.erase_supporter, receipt=ErasureReceipt)
