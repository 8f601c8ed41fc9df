"""What a newcomer is shown: the campaigns while they are loaded, and three things to try then."""

import time
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from demo import load
from resolvers.ids import global_id
from settings import Settings

INVITATION = """
Three things to try:

  1. GraphiQL, in a browser:
     {url}/graphql

  2. A query:
     curl -sG {url}/graphql --data-urlencode 'query={{
       campaign(slug: "free-gaspar-matalaev") {{
         title  supporters {{ total partner }}
         comments(sort: MOST_VOTED, first: 3) {{
           nodes {{ author {{ displayName }} body {{ text }} votes {{ score }} }} }}
       }} }}'

  3. A live ticker, in GraphiQL; then comment in another tab:
     subscription {{ activity(campaignId: "{campaign}") {{ activity {{ kind actorName }} }} }}
"""


async def welcome(settings: Settings, console: Console) -> str:
    """Load what is not there yet; returns what to try."""
    if await load.main_campaign() is None:
        await _load(settings, console)
    campaign = await load.main_campaign()
    return INVITATION.format(url=settings.site_url, campaign=global_id("Campaign", campaign.id) if campaign else "")


async def _load(settings: Settings, console: Console) -> None:
    started = time.monotonic()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bars:
        tasks: dict[str, Any] = {}

        def progress(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
            bars.update(tasks[what], completed=done)

        await load.load(settings, progress)
    console.print(f"Loaded in {time.monotonic() - started:.0f} seconds.")
