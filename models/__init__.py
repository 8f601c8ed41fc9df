"""Rows, their constraints and indexes, and the named statements that read and write them.

A read or write of one table is an ORM call (0.1 ms); a page, vote, counter, lock, join or bulk write is a statement.
"""

from models import (
    activity,
    addresses,
    api_keys,
    audits,
    campaigns,
    claiming,
    comments,
    confirmations,
    consents,
    database,
    donations,
    erasures,
    idempotency,
    identities,
    keyset,
    mails,
    moderation,
    partners,
    reactions,
    revocations,
    sealing,
    sessions,
    sign_in_codes,
    signatures,
    supporters,
    tallies,
    updates,
    votes,
)
from models.activity import Activity, ActivityKind, ActivitySort, SubjectType
from models.api_keys import ApiKey
from models.audits import AuditCorrection
from models.campaigns import (
    Campaign,
    CampaignSort,
    CampaignState,
    CommentPolicy,
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
from models.comments import Comment, CommentAuthor, CommentEdit, CommentSort, CommentState, QueueSort
from models.confirmations import AskedAddress
from models.consents import Consent
from models.database import close, connect, fetch, fetch_one, is_current, json_list, migrate, transaction
from models.donations import Donation, DonationCorrection, DonationFrequency, DonationState, DonationTotal
from models.erasures import Erasure
from models.fields import now
from models.idempotency import IdempotencyKey
from models.identities import Identity
from models.mails import Mail, MailKind
from models.moderation import CommentFlag, FlagReason, ModerationAction, ModerationDecision
from models.partners import CampaignPartner, Partner
from models.reactions import Reaction, ReactionKind
from models.revocations import Revocation
from models.rich_text import RichText
from models.rows import Row, add, by_ids, grouped, insert, insert_many, read, read_one
from models.sessions import Session
from models.sign_in_codes import SignInCode
from models.signatures import CountryTally, Milestone, Signature, SignatureState
from models.supporters import Badge, NameDisplay, Profile, Role, Supporter
from models.tallies import PartnerTally, PartnerTallyState
from models.texts import URL, CountryCode, CurrencyCode, EmailAddress
from models.updates import CampaignUpdate, UpdateSort
from models.votes import Vote, VoteDirection

__all__ = [name for name in dir() if not name.startswith("_")]
