from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [("models", "0016_signatures_uncounted")]

    initial = False

    operations = [
        ops.AddField(
            model_name='SignInRequest',
            name='network_hash',
            field=fields.CharField(default='', db_default='', max_length=64),
        ),
        ops.AddIndex(
            model_name='SignInRequest',
            index=Index(fields=['network_hash'], name='sign_in_requests_of_network'),
        ),
        ops.AddField(
            model_name='Session',
            name='network_hash',
            field=fields.CharField(null=True, max_length=64),
        ),
        ops.AddIndex(
            model_name='Session',
            index=Index(fields=['network_hash'], name='sessions_of_network'),
        ),
    ]
