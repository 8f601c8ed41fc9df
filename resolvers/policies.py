"""Authorisation policies: `may_...` answers with a bool, `check_...` raises a Refusal that says why."""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from auth.viewers import Scope
from models import Campaign, CampaignState, Comment, CommentState, Donation, Signature
from models.comments import MAX_DEPTH, WAITING_STATES
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


class CampaignAction(StrEnum):
    SIGN = "SIGN"
    WITHDRAW = "WITHDRAW"
    COMMENT = "COMMENT"
    EDIT = "EDIT"
    CHANGE_STATE = "CHANGE_STATE"
    POST_UPDATE = "POST_UPDATE"
    ADD_PARTNER = "ADD_PARTNER"
    REPORT_TALLY = "REPORT_TALLY"
    DECIDE_TALLY = "DECIDE_TALLY"
    RECORD_DONATION = "RECORD_DONATION"
    MODERATE = "MODERATE"


def check_view_campaign(context: Context, campaign: Campaign | None, *path: str) -> Campaign:
    """Return the campaign, or refuse with NOT_FOUND if there is none that the viewer may view."""
    if campaign is None or not may_view_campaign(context, campaign):
        raise not_found("campaign", *path)
    return campaign


def may_view_campaign(context: Context, campaign: Campaign | None) -> bool:
    """Show a draft only to viewers who may write campaigns."""
    return campaign is not None and (
        campaign.state is not CampaignState.DRAFT or context.viewer.may(Scope.MANAGE_CAMPAIGNS)
    )


def check_view_comment(context: Context, comment: Comment | None) -> Comment:
    """Return the comment, or refuse with NOT_FOUND if there is none that the viewer may view."""
    if comment is None or not may_view_comment(context, comment):
        raise not_found("comment", "commentId")
    return comment


def may_view_comment(context: Context, comment: Comment) -> bool:
    """Show visible comments and tombstones to everyone, and hidden comments to the author and to moderators."""
    return comment.is_listed or context.may_read_hidden(comment.author_id)


def may_view_donation(context: Context, donation: Donation) -> bool:
    """Show a donation, which tells more than a name, only to the donor and to those who record donations."""
    is_own = donation.donor_id is not None and donation.donor_id == context.viewer.supporter_id
    return is_own or context.viewer.may(Scope.RECORD_DONATIONS)


def may_view_tally(context: Context) -> bool:
    """Show a partner's report only to those who report and decide; the campaign's page shows the accepted numbers."""
    return context.viewer.may(Scope.REPORT_TALLIES) or context.viewer.may(Scope.MANAGE_CAMPAIGNS)


def check_reply(context: Context, campaign: Campaign, comment: Comment) -> None:
    context.require(Scope.COMMENT)
    check_commentable(campaign)
    if not comment.is_visible:
        raise not_found("comment", "parentId")
    if comment.is_locked:
        raise Refusal(ProblemCode.LOCKED, "This thread is locked: it takes no more replies.", "parentId")
    if comment.depth >= MAX_DEPTH:
        message = "A thread is at most {most} replies deep: answer a comment further up."
        raise Refusal(ProblemCode.TOO_DEEP, message, "parentId", most=MAX_DEPTH)


def check_edit(context: Context, campaign: Campaign, comment: Comment) -> None:
    context.require(Scope.COMMENT)
    if comment.author_id != context.supporter_id:
        raise forbidden("Only its author may edit a comment.")
    if not (comment.is_visible or comment.state in WAITING_STATES):
        raise forbidden("This comment was taken down and can't be edited.")
    check_commentable(campaign)
    if comment.is_locked:
        raise Refusal(ProblemCode.LOCKED, "This thread is locked: its comments can't be edited any more.")
    if context.now() > edit_window_end(context, comment):
        minutes = context.settings.edit_window_minutes
        message = "A comment can be edited for {minutes} minutes; they are over."
        raise Refusal(ProblemCode.EDIT_WINDOW_OVER, message, minutes=minutes)


def edit_window_end(context: Context, comment: Comment) -> datetime:
    return comment.created_at + timedelta(minutes=context.settings.edit_window_minutes)


def check_delete(context: Context, campaign: Campaign, comment: Comment) -> None:
    if comment.author_id != context.supporter_id and not context.viewer.may(Scope.MODERATE):
        raise forbidden("Only its author or a moderator may delete a comment.")
    if comment.state is CommentState.DELETED:
        raise not_found("comment", "commentId")


def check_vote(context: Context, campaign: Campaign, comment: Comment) -> None:
    context.require(Scope.REACT)
    if not comment.is_visible:
        raise not_found("comment", "commentId")
    check_commentable(campaign)


check_react = check_vote


def check_flag(context: Context, campaign: Campaign, comment: Comment) -> None:
    context.require(Scope.REACT)
    if not comment.is_visible:
        raise not_found("comment", "commentId")


def check_moderate(context: Context, campaign: Campaign, comment: Comment) -> None:
    context.require(Scope.MODERATE)
    if comment.state is CommentState.DELETED:
        raise Refusal(ProblemCode.CONFLICT, "The comment was deleted: its text is gone and can't come back.")


def check_pin(context: Context, campaign: Campaign, comment: Comment) -> None:
    context.require(Scope.MODERATE)
    if not comment.is_visible:
        raise Refusal(ProblemCode.CONFLICT, "Only a visible comment can be pinned or unpinned.")


def check_lock(context: Context, campaign: Campaign, comment: Comment) -> None:
    context.require(Scope.MODERATE)


def check_commentable(campaign: Campaign) -> None:
    if not campaign.is_commentable:
        raise Refusal(ProblemCode.CLOSED, "The discussion of this campaign is closed.")


def check_comment(context: Context, campaign: Campaign) -> None:
    context.require(Scope.COMMENT)
    check_commentable(campaign)


def check_sign(context: Context, campaign: Campaign) -> None:
    context.require(Scope.SIGN)
    if not campaign.is_signable:
        raise Refusal(ProblemCode.CLOSED, "This campaign takes no signatures now.")


def check_withdraw(context: Context, signature: Signature | None) -> Signature:
    """Return the viewer's signature, or refuse with NOT_FOUND if the viewer has not signed."""
    context.require(Scope.SIGN)
    if signature is None:
        raise not_found("signature of yours", "campaignId")
    return signature


def check_report_tally(context: Context, campaign: Campaign) -> None:
    context.require(Scope.REPORT_TALLIES)
    _check_not_archived(campaign)


def check_decide_tally(context: Context, campaign: Campaign) -> None:
    context.require(Scope.MANAGE_CAMPAIGNS)
    _check_not_archived(campaign)


def _check_not_archived(campaign: Campaign) -> None:
    if campaign.state is CampaignState.ARCHIVED:
        raise Refusal(ProblemCode.CLOSED, "The campaign is archived: nothing can be added to it.")


CommentCheck = Callable[[Context, Campaign, Comment], Any]

_CHECKS: dict[CommentAction, CommentCheck] = {
    CommentAction.REPLY: check_reply,
    CommentAction.EDIT: check_edit,
    CommentAction.DELETE: check_delete,
    CommentAction.VOTE: check_vote,
    CommentAction.REACT: check_react,
    CommentAction.FLAG: check_flag,
    CommentAction.PIN: check_pin,
    CommentAction.LOCK: check_lock,
    CommentAction.MODERATE: check_moderate,
}


def may_act(action: CommentAction, context: Context, campaign: Campaign, comment: Comment) -> bool:
    """Return whether the check of the action passes."""
    try:
        _CHECKS[action](context, campaign, comment)
    except Refusal:
        return False
    return True


def _check_scope(scope: Scope) -> Callable[[Context, Campaign], None]:
    return lambda context, campaign: context.require(scope)


_CAMPAIGN_CHECKS: dict[CampaignAction, Callable[[Context, Campaign], None]] = {
    CampaignAction.SIGN: check_sign,
    CampaignAction.COMMENT: check_comment,
    CampaignAction.EDIT: _check_scope(Scope.MANAGE_CAMPAIGNS),
    CampaignAction.CHANGE_STATE: _check_scope(Scope.MANAGE_CAMPAIGNS),
    CampaignAction.POST_UPDATE: _check_scope(Scope.MANAGE_CAMPAIGNS),
    CampaignAction.ADD_PARTNER: _check_scope(Scope.MANAGE_CAMPAIGNS),
    CampaignAction.REPORT_TALLY: check_report_tally,
    CampaignAction.DECIDE_TALLY: check_decide_tally,
    CampaignAction.RECORD_DONATION: _check_scope(Scope.RECORD_DONATIONS),
    CampaignAction.MODERATE: _check_scope(Scope.MODERATE),
}


def may_act_on_campaign(
    action: CampaignAction, context: Context, campaign: Campaign, signature: Signature | None
) -> bool:
    """Return whether the check of the action passes, and the action would change something.

    `signature` is the viewer's own. A signature that is withdrawn already is not withdrawn again.
    """
    try:
        if action is CampaignAction.WITHDRAW:
            return check_withdraw(context, signature).is_active
        _CAMPAIGN_CHECKS[action](context, campaign)
    except Refusal:
        return False
    return True
