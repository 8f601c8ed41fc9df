"""Signing: putting one's name under a campaign, confirming that, and taking it back."""

import strawberry

import resolvers.confirmations
import resolvers.signing
from resolvers.confirmations import ConfirmationDecision
from schema.campaigns import Campaign
from schema.comments import Comment
from schema.fields import enum
from schema.mutations import mutation
from schema.signatures import Signature

enum(
    ConfirmationDecision,
    "What the owner of an address says of a signature that was given with it.",
    CONFIRM="It is mine.",
    NOT_ME="Somebody else gave my address: take it away.",
)


@strawberry.type
class SigningMutation:
    sign_petition = mutation(
        resolvers.signing.sign_petition,
        signature=Signature,
        campaign=Campaign,
        comment=Comment | None,
        derived={"access_token": (str | None, resolvers.signing.signer_token)},
    )
    confirm_signature = mutation(resolvers.confirmations.confirm_signature, signature=Signature, campaign=Campaign)
    request_confirmation = mutation(resolvers.confirmations.request_confirmation, campaign=Campaign)
    withdraw_signature = mutation(resolvers.signing.withdraw_signature, signature=Signature, campaign=Campaign)
