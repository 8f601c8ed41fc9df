"""The demo's campaigns, one TOML file each: a real one, and three invented ones in other states."""

from pathlib import Path

from demo.read_toml import read_folder
from demo.types import DemoCampaign

SLUGS = (
    "free-gaspar-matalaev",
    "pay-the-night-shift-at-port-veyra",
    "keep-hollin-valley-library-open",
    "a-warm-lunch-in-every-tarn-school",
)
BY_SLUG = read_folder(Path(__file__).parent, SLUGS, DemoCampaign)
CAMPAIGNS = tuple(BY_SLUG.values())
MAIN = CAMPAIGNS[0]
