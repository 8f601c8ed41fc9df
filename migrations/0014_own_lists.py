from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [("models", "0013_pending_comments_say_why")]

    initial = False

    operations = [
        ops.AddIndex(
            model_name='Comment',
            index=Index(fields=['author_id', 'state', 'created_at', 'id'], name='comments_of_author_newest'),
        ),
        ops.RemoveIndex(
            model_name='Donation',
            name='donations_of_donor',
            fields=None,
        ),
        ops.AddIndex(
            model_name='Donation',
            index=Index(fields=['donor_id', 'donated_at', 'id'], name='donations_of_donor_newest'),
        ),
        ops.AddIndex(
            model_name='Reaction',
            index=Index(fields=['supporter_id', 'reacted_at', 'id'], name='reactions_of_supporter'),
        ),
        ops.AddIndex(
            model_name='Signature',
            index=Index(fields=['supporter_id', 'signed_at', 'id'], name='signatures_of_supporter'),
        ),
        ops.AddIndex(
            model_name='Vote',
            index=Index(fields=['supporter_id', 'cast_at', 'id'], name='votes_of_supporter'),
        ),
    ]
