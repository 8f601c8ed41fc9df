from tortoise import migrations
from tortoise.migrations import operations as ops
from storage.fields import ValueField
from storage.indexes import ConditionalIndex

class Migration(migrations.Migration):
    dependencies = [("models", "0002_emails_are_called_emails")]

    initial = False

    operations = [
        ops.AddField(
            model_name='Activity',
            name='detail',
            field=ValueField(null=True),
        ),
        ops.AddIndex(
            model_name='Activity',
            index=ConditionalIndex(fields=['campaign_id', 'seq'], name='activity_of_ticker', where="kind NOT IN ('CAMPAIGN_CHANGED', 'COMMENT_EDITED', 'COMMENT_REMOVED', 'COMMENT_RESTORED', 'NAME_CHANGED')"),
        ),
    ]
