from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [("models", "0007_days_of_signatures")]

    initial = False

    operations = [
        ops.AddIndex(
            model_name='Campaign',
            index=Index(fields=['state', 'supporter_count', 'created_at', 'id'], name='campaigns_most_supported_of_state'),
        ),
        ops.AddIndex(
            model_name='Campaign',
            index=Index(fields=['state', 'activity_seq', 'created_at', 'id'], name='campaigns_most_active_of_state'),
        ),
    ]
