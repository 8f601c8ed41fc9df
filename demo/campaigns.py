"""The demo's campaigns: the one this project was born from, and three invented ones in other states."""

from demo.gaspar import GASPAR
from demo.invented import LIBRARY, NIGHT_SHIFT, SCHOOL_MEALS
from demo.shapes import Campaign

MAIN = GASPAR
CAMPAIGNS: tuple[Campaign, ...] = (GASPAR, NIGHT_SHIFT, LIBRARY, SCHOOL_MEALS)
BY_SLUG = {campaign.slug: campaign for campaign in CAMPAIGNS}
