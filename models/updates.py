"""Updates: the dated news of campaigns."""

from tortoise import fields
from tortoise.indexes import Index

from models.campaigns import Campaign
from models.rich_text import RichTextMixin
from storage.database import Statement
from storage.fields import InstantField, now
from storage.keyset import Sort
from storage.rows import Row


class CampaignUpdate(RichTextMixin, Row):
    id = fields.BigIntField(primary_key=True)
    campaign_id: int
    campaign: fields.ForeignKeyRelation[Campaign] = fields.ForeignKeyField("models.Campaign", db_index=False)
    title = fields.CharField(max_length=200)
    body_markdown = fields.TextField()
    body_html = fields.TextField()
    is_pinned = fields.BooleanField(default=False)
    posted_at = InstantField(default=now)
    edited_at = InstantField(null=True)

    class Meta:
        table = "campaign_updates"
        # a campaign's updates, newest first
        indexes = (Index(fields=("campaign_id", "posted_at", "id"), name="campaign_updates_newest"),)

    @property
    def body(self) -> RichTextMixin:
        return self


class UpdateSort(Sort):
    NEWEST = ("DESC", "posted_at", "id")


INCREMENT_UPDATE_COUNT = Statement("UPDATE campaigns SET update_count = update_count + 1 WHERE id = $1 RETURNING id")
