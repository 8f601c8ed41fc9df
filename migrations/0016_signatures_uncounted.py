from tortoise import migrations
from tortoise.migrations import operations as ops
from storage.indexes import ConditionalIndex

class Migration(migrations.Migration):
    dependencies = [("models", "0015_sign_in_requests")]

    initial = False

    operations = [
        ops.AddIndex(
            model_name='Signature',
            index=ConditionalIndex(fields=['campaign_id', 'email_hash'], name='signatures_uncounted', where='is_counted = false'),
        ),
    ]
