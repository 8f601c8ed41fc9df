from tortoise import migrations
from tortoise.migrations import operations as ops
from models.activity import ActivityKind, SubjectType
from models.campaigns import CampaignState, CommentPolicy, ErasurePolicy
from models.comments import CommentState
from models.donations import DonationFrequency, DonationState
from models.mails import MailKind
from models.moderation import FlagReason
from models.reactions import ReactionKind
from models.signatures import SignatureState
from models.supporters import Badge, NameDisplay, Role
from models.tallies import PartnerTallyState
from models.votes import VoteDirection
from storage.fields import EnumFieldInstance

class Migration(migrations.Migration):
    dependencies = [('models', '0021_donors_choose_to_be_named')]

    initial = False

    operations = [
        ops.AlterField(
            model_name='Activity',
            name='kind',
            field=EnumFieldInstance(enum_type=ActivityKind, max_length=24),
        ),
        ops.AlterField(
            model_name='Activity',
            name='subject_type',
            field=EnumFieldInstance(enum_type=SubjectType, max_length=16),
        ),
        ops.AlterField(
            model_name='AnnouncedReaction',
            name='kind',
            field=EnumFieldInstance(enum_type=ReactionKind, max_length=16),
        ),
        ops.AlterField(
            model_name='Campaign',
            name='comment_policy',
            field=EnumFieldInstance(default=CommentPolicy.OPEN, enum_type=CommentPolicy, max_length=16),
        ),
        ops.AlterField(
            model_name='Campaign',
            name='erasure_policy',
            field=EnumFieldInstance(default=ErasurePolicy.KEEP_COUNT, enum_type=ErasurePolicy, max_length=16),
        ),
        ops.AlterField(
            model_name='Campaign',
            name='name_display_ceiling',
            field=EnumFieldInstance(default=NameDisplay.FULL_NAME, enum_type=NameDisplay, max_length=20),
        ),
        ops.AlterField(
            model_name='Campaign',
            name='state',
            field=EnumFieldInstance(default=CampaignState.DRAFT, enum_type=CampaignState, max_length=16),
        ),
        ops.AlterField(
            model_name='Campaign',
            name='ticker_name_ceiling',
            field=EnumFieldInstance(default=NameDisplay.FIRST_NAME_INITIAL, db_default='FIRST_NAME_INITIAL', enum_type=NameDisplay, max_length=20),
        ),
        ops.AlterField(
            model_name='Comment',
            name='state',
            field=EnumFieldInstance(default=CommentState.VISIBLE, enum_type=CommentState, max_length=16),
        ),
        ops.AlterField(
            model_name='CommentFlag',
            name='reason',
            field=EnumFieldInstance(enum_type=FlagReason, max_length=16),
        ),
        ops.AlterField(
            model_name='Donation',
            name='frequency',
            field=EnumFieldInstance(default=DonationFrequency.ONCE, enum_type=DonationFrequency, max_length=16),
        ),
        ops.AlterField(
            model_name='Donation',
            name='state',
            field=EnumFieldInstance(default=DonationState.PAID, enum_type=DonationState, max_length=16),
        ),
        ops.AlterField(
            model_name='HostIdentity',
            name='role',
            field=EnumFieldInstance(null=True, enum_type=Role, max_length=16),
        ),
        ops.AlterField(
            model_name='Mail',
            name='kind',
            field=EnumFieldInstance(enum_type=MailKind, max_length=32),
        ),
        ops.AlterField(
            model_name='PartnerTally',
            name='state',
            field=EnumFieldInstance(default=PartnerTallyState.ACCEPTED, enum_type=PartnerTallyState, max_length=16),
        ),
        ops.AlterField(
            model_name='Profile',
            name='name_display',
            field=EnumFieldInstance(default=NameDisplay.FIRST_NAME_INITIAL, enum_type=NameDisplay, max_length=20),
        ),
        ops.AlterField(
            model_name='Reaction',
            name='kind',
            field=EnumFieldInstance(enum_type=ReactionKind, max_length=16),
        ),
        ops.AlterField(
            model_name='Session',
            name='role',
            field=EnumFieldInstance(enum_type=Role, max_length=16),
        ),
        ops.AlterField(
            model_name='Signature',
            name='state',
            field=EnumFieldInstance(default=SignatureState.CONFIRMED, enum_type=SignatureState, max_length=16),
        ),
        ops.AlterField(
            model_name='Supporter',
            name='badge',
            field=EnumFieldInstance(default=Badge.NONE, enum_type=Badge, max_length=16),
        ),
        ops.AlterField(
            model_name='Supporter',
            name='name_ceiling',
            field=EnumFieldInstance(default=NameDisplay.FULL_NAME, enum_type=NameDisplay, max_length=20),
        ),
        ops.AlterField(
            model_name='Vote',
            name='direction',
            field=EnumFieldInstance(enum_type=VoteDirection, max_length=8),
        ),
    ]
