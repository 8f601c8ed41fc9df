"""Mutations of signatures: signing, confirming and withdrawing."""

import strawberry

import resolvers.confirmations
import resolvers.signing
from resolvers.confirmations import ConfirmationDecision
from schema.campaigns import Campaign
from schema.comments import Comment
from schema.fields import enum
from schema.mutations import mutation
from schema.signatures import Signature
from schema.supporters import Viewer

enum(
    ConfirmationDecision,
    "The decision of an email's owner on a signature given with that email.",
    may_grow=False,
    CONFIRM="The owner signed.",
    NOT_ME="Somebody else signed with the owner's email: reject the signature.",
)


@strawberry.type
class SigningMutation:
    sign_petition = mutation(
        resolvers.signing.sign_petition,
        signature=Signature,
        campaign=Campaign,
        comment=Comment | None,
        derived={
            "viewer": (Viewer, resolvers.signing.viewer),
            "access_token": (str | None, resolvers.signing.access_token),
        },
    )
    confirm_signature = mutation(resolvers.confirmations.confirm_signature, signature=Signature, campaign=Campaign)
    request_confirmation = mutation(resolvers.confirmations.request_confirmation, campaign=Campaign)
    withdraw_signature = mutation(resolvers.signing.withdraw_signature, signature=Signature, campaign=Campaign)
