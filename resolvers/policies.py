"""Who may do what: one question a function, answered by returning or by the Refusal that says why not."""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from auth.viewers import Scope
from models import Campaign, CampaignState, Comment, CommentState, Donation
from models.comments import MAX_DEPTH, WAITING
from refusals import ProblemCode, Refusal, forbidden, not_found
from resolvers.context import Context


class CommentAction(StrEnum):
    REPLY = "REPLY"
    EDIT = "EDIT"
    DELETE = "DELETE"
    VOTE = "VOTE"
    REACT = "REACT"
    FLAG = "FLAG"
    PIN = "PIN"
    LOCK = "LOCK"
    MODERATE = "MODERATE"


def may_see_campaign(context: Context, campaign: Campaign | None, field: str | None = None) -> Campaign:
    """A draft is for those who write it."""
    if campaign is None or not is_public(context, campaign):
        raise not_found("campaign", field)
    return campaign


def is_public(context: Context, campaign: Campaign | None) -> bool:
    """Whether the viewer may know of the campaign."""
    return campaign is not None and (
        campaign.state is not CampaignState.DRAFT or context.viewer.may(Scope.MANAGE_CAMPAIGNS)
    )


def may_see_comment(context: Context, comment: Comment | None) -> Comment:
    """Visible ones, tombstones that keep a place, and for its author and moderators any."""
    if comment is None or not sees_comment(context, comment):
        raise not_found("comment", "commentId")
    return comment


def sees_comment(context: Context, comment: Comment) -> bool:
    return comment.is_listed or context.may_read_hidden(comment.author_id)


def sees_donation(context: Context, donation: Donation) -> bool:
    """What a person gave is more than their name: it is for them, and for those who record it."""
    is_own = donation.donor_id is not None and donation.donor_id == context.viewer.supporter_id
    return is_own or context.viewer.may(Scope.RECORD_DONATIONS)


def sees_tally(context: Context) -> bool:
    """A partner's single report is for those who report and decide; the page has what counts of it."""
    return context.viewer.may(Scope.REPORT_TALLIES) or context.viewer.may(Scope.MANAGE_CAMPAIGNS)


def may_reply(context: Context, campaign: Campaign, comment: Comment) -> None:
    context.require(Scope.COMMENT)
    is_open(campaign)
    if not comment.is_visible:
        raise not_found("comment", "parentId")
    if comment.is_locked:
        raise Refusal(ProblemCode.LOCKED, "This thread is locked: it takes no more replies.", "parentId")
    if comment.depth >= MAX_DEPTH:
        message = f"A thread is at most {MAX_DEPTH} replies deep: answer a comment further up."
        raise Refusal(ProblemCode.TOO_DEEP, message, "parentId")


def may_edit(context: Context, campaign: Campaign, comment: Comment) -> None:
    context.require(Scope.COMMENT)
    if comment.author_id != context.supporter_id:
        raise forbidden("Only its author may edit a comment.")
    if not (comment.is_visible or comment.state in WAITING):
        raise forbidden("This comment was taken down and can't be edited.")
    is_open(campaign)
    if comment.is_locked:
        raise Refusal(ProblemCode.LOCKED, "This thread is locked: its comments can't be edited any more.")
    if context.now() > edit_window_end(context, comment):
        minutes = context.settings.edit_window_minutes
        raise Refusal(ProblemCode.EDIT_WINDOW_OVER, f"A comment can be edited for {minutes} minutes; they are over.")


def edit_window_end(context: Context, comment: Comment) -> datetime:
    return comment.created_at + timedelta(minutes=context.settings.edit_window_minutes)


def may_delete(context: Context, campaign: Campaign, comment: Comment) -> None:
    if comment.author_id != context.supporter_id and not context.viewer.may(Scope.MODERATE):
        raise forbidden("Only its author or a moderator may delete a comment.")
    if comment.state is CommentState.DELETED:
        raise not_found("comment", "commentId")


def may_vote(context: Context, campaign: Campaign, comment: Comment) -> None:
    context.require(Scope.REACT)
    if not comment.is_visible:
        raise not_found("comment", "commentId")
    is_open(campaign)


may_react = may_vote


def may_flag(context: Context, campaign: Campaign, comment: Comment) -> None:
    context.require(Scope.REACT)
    if not comment.is_visible:
        raise not_found("comment", "commentId")


def may_moderate(context: Context, campaign: Campaign, comment: Comment) -> None:
    context.require(Scope.MODERATE)
    if comment.state is CommentState.DELETED:
        raise Refusal(ProblemCode.CONFLICT, "The comment was deleted: its text is gone and can't come back.")


def may_pin(context: Context, campaign: Campaign, comment: Comment) -> None:
    context.require(Scope.MODERATE)
    if not comment.is_visible:
        raise Refusal(ProblemCode.CONFLICT, "Only a visible comment can be pinned or unpinned.")


def may_lock(context: Context, campaign: Campaign, comment: Comment) -> None:
    context.require(Scope.MODERATE)


def is_open(campaign: Campaign) -> None:
    if not campaign.is_commentable:
        raise Refusal(ProblemCode.CLOSED, "The discussion of this campaign is closed.")


def is_signable(campaign: Campaign) -> None:
    if not campaign.is_signable:
        raise Refusal(ProblemCode.CLOSED, "This campaign takes no signatures now.")


Question = Callable[[Context, Campaign, Comment], Any]

ACTIONS: dict[CommentAction, Question] = {
    CommentAction.REPLY: may_reply,
    CommentAction.EDIT: may_edit,
    CommentAction.DELETE: may_delete,
    CommentAction.VOTE: may_vote,
    CommentAction.REACT: may_react,
    CommentAction.FLAG: may_flag,
    CommentAction.PIN: may_pin,
    CommentAction.LOCK: may_lock,
    CommentAction.MODERATE: may_moderate,
}


def allows(question: Question, context: Context, campaign: Campaign, comment: Comment) -> bool:
    try:
        question(context, campaign, comment)
    except Refusal:
        return False
    return True
