from tortoise import migrations
from tortoise.migrations import operations as ops
from models.supporters import Role
from storage.fields import InstantField
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [("models", "0017_sign_in_networks")]

    initial = False

    operations = [
        ops.AddField(
            model_name='HostIdentity',
            name='role',
            field=fields.CharEnumField(null=True, enum_type=Role, max_length=16),
        ),
        ops.AddField(
            model_name='HostIdentity',
            name='claimed_at',
            field=InstantField(null=True, auto_now=False, auto_now_add=False),
        ),
    ]
