"""Partners: organisations that support campaigns, and the part that each has in one campaign."""

from tortoise import fields

from models.campaigns import Campaign, Image
from storage.database import Statement
from storage.fields import ValueField
from storage.rows import Row, attributes, columns


class Partner(Row):
    id = fields.BigIntField(primary_key=True)
    name = fields.CharField(max_length=200, unique=True)
    url = fields.CharField(max_length=500, null=True)
    logo = ValueField(Image, null=True)

    class Meta:
        table = "partners"


class CampaignPartner(Row):
    """Link a partner with a campaign: the partner's role, and its signatures that count now."""

    id = fields.BigIntField(primary_key=True)
    campaign_id: int
    campaign: fields.ForeignKeyRelation[Campaign] = fields.ForeignKeyField("models.Campaign", db_index=False)
    partner_id: int
    partner: fields.ForeignKeyRelation[Partner] = fields.ForeignKeyField("models.Partner", db_index=False)
    role = fields.CharField(max_length=200, null=True)
    signatures = fields.BigIntField(default=0)
    signatures_as_of = fields.DateField(null=True)

    class Meta:
        table = "campaign_partners"
        unique_together = (("campaign_id", "partner_id"),)

    loaded_partner: Partner  # read in the same statement by `SELECT_WITH_PARTNERS`


COLUMNS_WITH_PARTNER = (*attributes(CampaignPartner), "partner.name", "partner.url", "partner.logo")
SELECT_WITH_PARTNERS = Statement(
    f"SELECT {columns(CampaignPartner, 'c', COLUMNS_WITH_PARTNER)} FROM campaign_partners c"
    " JOIN {ids $1} ids ON c.campaign_id = ids.value JOIN partners partner ON partner.id = c.partner_id"
    " ORDER BY c.campaign_id, c.signatures DESC, c.id"
)
# those of these partners that a campaign which the public sees names
SELECT_PUBLIC_PARTNERS = Statement(
    "SELECT DISTINCT l.partner_id FROM campaigns c CROSS JOIN {ids $1} p CROSS JOIN campaign_partners l"
    " WHERE l.campaign_id = c.id AND l.partner_id = p.value AND c.state <> 'DRAFT'"
)
