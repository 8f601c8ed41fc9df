from tortoise import migrations
from tortoise.migrations import operations as ops
from storage.fields import InstantField
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [("models", "0014_own_lists")]

    initial = False

    operations = [
        ops.CreateModel(
            name='SignInMailbox',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('email_hash', fields.CharField(unique=True, max_length=64)),
                ('mail_count', fields.IntField()),
                ('counted_since', InstantField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'sign_in_mailboxes', 'app': 'models', 'indexes': [Index(fields=['counted_since'], name='sign_in_mailboxes_oldest')], 'pk_attr': 'id'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='SignInRequest',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('request_hash', fields.CharField(unique=True, max_length=64)),
                ('email_hash', fields.CharField(max_length=64)),
                ('digest', fields.CharField(max_length=64)),
                ('expires_at', InstantField(auto_now=False, auto_now_add=False)),
                ('try_count', fields.IntField(default=0)),
                ('used_at', InstantField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'sign_in_requests', 'app': 'models', 'indexes': [Index(fields=['expires_at'], name='sign_in_requests_oldest'), Index(fields=['email_hash'], name='sign_in_requests_of_email')], 'pk_attr': 'id'},
            bases=['Row'],
        ),
        ops.DeleteModel(name='SignInCode'),
    ]
