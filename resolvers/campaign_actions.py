"""Campaign actions: what the viewer may do with a campaign, by the checks of the mutations."""

from models import Campaign
from resolvers import policies
from resolvers.context import Context
from resolvers.declarations import list_size, reads
from resolvers.policies import CampaignAction
from resolvers.signatures import viewer_signature


@list_size(len(CampaignAction))
@reads("id", "state", "comment_policy")
async def viewer_can(campaign: Campaign, context: Context) -> list[CampaignAction]:
    """The actions that the viewer may take on the campaign now."""
    signature = await viewer_signature(campaign, context)
    return [action for action in CampaignAction if policies.may_act_on_campaign(action, context, campaign, signature)]
