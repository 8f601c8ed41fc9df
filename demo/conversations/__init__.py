"""Written comments that answer each other, one TOML file a campaign."""

from dataclasses import dataclass
from pathlib import Path

from demo.read_toml import read_folder
from demo.types import CommentDraft

SLUGS = ("free-gaspar-matalaev", "pay-the-night-shift-at-port-veyra", "keep-hollin-valley-library-open")


@dataclass(frozen=True, slots=True)
class Conversation:
    comments: tuple[CommentDraft, ...] = ()

    @property
    def threads(self) -> list[CommentDraft]:
        return [draft for draft in self.comments if draft.parent_key is None]

    @property
    def replies(self) -> list[CommentDraft]:
        return [draft for draft in self.comments if draft.parent_key is not None]


CONVERSATIONS = read_folder(Path(__file__).parent, SLUGS, Conversation)
