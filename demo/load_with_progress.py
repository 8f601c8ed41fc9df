"""`cli.py demo`: load the campaigns with progress bars, and print what to try next."""

import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from demo import load
from resolvers.ids import global_id
from settings import Settings

INSTRUCTIONS = """
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


async def load_with_progress(settings: Settings, console: Console) -> str:
    """Load the demo unless it is loaded; return instructions for the operator."""
    if await load.main_campaign() is None:
        await _load(settings, console)
    campaign = await load.main_campaign()
    return INSTRUCTIONS.format(url=settings.site_url, campaign=global_id("Campaign", campaign.id) if campaign else "")


async def _load(settings: Settings, console: Console) -> None:
    started = time.monotonic()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bars:
        tasks: dict[str, TaskID] = {}

        def report_progress(description: str, done: int, total: int) -> None:
            if description not in tasks:
                tasks[description] = bars.add_task(description, total=total)
            bars.update(tasks[description], completed=done)

        await load.load(settings, report_progress)
    console.print(f"Loaded in {time.monotonic() - started:.0f} seconds.")
