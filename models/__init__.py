"""Models: tables, columns, constraints, indexes, and named SQL statements.

A read or write of one table is an ORM call (0.1 ms); a page, vote, counter, lock, join or bulk write is a statement.
"""

from models import (
    account_merging,
    activity,
    api_keys,
    audits,
    campaigns,
    comment_trees,
    comments,
    confirmations,
    consents,
    donations,
    emails,
    erasures,
    events,
    host_sign_in,
    idempotency,
    mails,
    moderation,
    partners,
    publications,
    reactions,
    revocations,
    sessions,
    sign_in_codes,
    signature_days,
    signatures,
    supporters,
    tallies,
    updates,
    votes,
)
from models.activity import Activity, ActivityKind, ActivitySort, SubjectType
from models.api_keys import ApiKey, ApiKeySort
from models.audits import AuditCorrection
from models.campaigns import (
    Campaign,
    CampaignSort,
    CampaignState,
    CommentPolicy,
    ConsentQuestion,
    DonationAppeal,
    ErasurePolicy,
    Footnote,
    Image,
    Money,
    Outcome,
    Resource,
    ResourceKind,
    TimelineEntry,
)
from models.comment_trees import TreeSort
from models.comments import (
    AuthorSort,
    Comment,
    CommentAuthor,
    CommentEdit,
    CommentSort,
    CommentState,
    CommentSyncSort,
    PinnedSort,
    QueueSort,
    StatisticsSort,
)
from models.confirmations import ConfirmationRequest
from models.consents import Consent
from models.donations import (
    Donation,
    DonationCorrection,
    DonationFrequency,
    DonationSort,
    DonationState,
    DonationTotal,
)
from models.erasures import Erasure
from models.host_sign_in import HostIdentity
from models.idempotency import IdempotencyKey
from models.mails import Mail, MailKind
from models.moderation import (
    CommentFlag,
    FlagReason,
    FlagSort,
    HoldReason,
    ModerationAction,
    ModerationActionKind,
    ModerationActionSort,
    ModerationDecision,
)
from models.partners import CampaignPartner, Partner
from models.reactions import AnnouncedReaction, Reaction, ReactionKind, ReactionSort
from models.revocations import Revocation
from models.rich_text import RichText
from models.scalars import MAX_SAFE_INT, URL, CountryCode, CurrencyCode, EmailAddress, SafeInt
from models.sessions import Session
from models.sign_in_codes import SignInMailbox, SignInRequest
from models.signature_days import SignatureDay
from models.signatures import CountryTally, Milestone, Signature, SignatureSort, SignatureState
from models.supporters import Badge, NameDisplay, Profile, Role, Supporter
from models.tallies import PartnerTally, PartnerTallyState, TallyDecision
from models.updates import CampaignUpdate, UpdateSort
from models.votes import Vote, VoteDirection, VoteSort
from storage import Row
from storage.tortoise_internals import forget_docstrings

forget_docstrings(model for model in list(globals().values()) if isinstance(model, type) and issubclass(model, Row))

__all__ = [name for name in dir() if not name.startswith("_")]
