"""Refusals: collecting several of them, their templates, and the issues of one value of the input."""

import pytest

from refusals import (
    CommittedRefusal,
    InputReason,
    MessageText,
    ProblemCode,
    Refusal,
    collect_issues,
    forbidden,
    invalid,
    not_found,
)


def collected(*refusals: Refusal, path: tuple[str, ...] = ()) -> Refusal:
    """Return what a collector at a path raises for these refusals, of which the last is raised in its block."""

    def check() -> None:
        with collect_issues(*path) as issues:
            for refusal in refusals[:-1]:
                issues.collect(refusal)
            raise refusals[-1]

    with pytest.raises(Refusal) as raised:
        check()
    return raised.value


def paths(refusal: Refusal) -> list[tuple[str, ...]]:
    return [issue.path for issue in refusal.issues]


def test_issues_of_all_checks_are_told_together() -> None:
    refusal = collected(invalid("No.", "givenName"), invalid("Never.", "email"))

    assert (refusal.code, paths(refusal)) == (ProblemCode.INVALID, [("givenName",), ("email",)])
    assert str(refusal) == "Some entries need to be corrected."


def test_one_issue_keeps_its_code_and_message() -> None:
    refusal = collected(not_found("campaign", "campaignId"))

    assert (refusal.code, str(refusal)) == (ProblemCode.NOT_FOUND, "There is no such campaign, or it is not public.")


def test_issues_of_one_code_keep_the_code() -> None:
    refusals = [Refusal(ProblemCode.REJECTED_CONTENT, "No.", name) for name in ("givenName", "familyName")]

    assert collected(*refusals).code is ProblemCode.REJECTED_CONTENT


def test_paths_of_nested_collectors_are_joined() -> None:
    inner = collected(invalid("No.", "currency"), invalid("No.", "amountMinor"), path=("suggestedAmounts", "1"))

    assert paths(collected(inner, path=("donation",))) == [
        ("donation", "suggestedAmounts", "1", "currency"),
        ("donation", "suggestedAmounts", "1", "amountMinor"),
    ]


def test_first_issue_of_a_path_counts() -> None:
    refusal = collected(not_found("campaign", "campaignId"), Refusal(ProblemCode.LOCKED, "Locked.", "campaignId"))

    assert refusal.code is ProblemCode.NOT_FOUND
    assert [issue.reason for issue in refusal.issues] == [InputReason.UNKNOWN]


def test_refusal_about_no_input_is_raised_instead() -> None:
    closed = Refusal(ProblemCode.CLOSED, "Closed.")

    assert collected(invalid("No.", "body"), closed) is closed
    assert collected(closed, invalid("No.", "body")) is closed


def test_committed_refusal_stays_committed() -> None:
    refusal = collected(invalid("No.", "idempotencyKey"), CommittedRefusal(ProblemCode.INVALID, "Wrong.", "code"))

    assert isinstance(refusal, CommittedRefusal)
    assert paths(refusal) == [("idempotencyKey",), ("code",)]


def test_time_to_wait_is_kept() -> None:
    limited = Refusal(ProblemCode.RATE_LIMITED, "Later.", "token", retry_after_seconds=60)

    assert collected(invalid("No.", "idempotencyKey"), limited).retry_after_seconds == 60


def test_check_that_passes_gives_its_value() -> None:
    with collect_issues() as issues:
        assert issues.take(str.upper, "de") == "DE"


@pytest.mark.parametrize("error", [ZeroDivisionError, forbidden("No.")])
def test_other_exception_leaves_the_block_unchanged(error: type[Exception] | Exception) -> None:
    def check() -> None:
        with collect_issues() as issues:
            issues.collect(invalid("No.", "body"))
            raise error

    with pytest.raises(type(error) if isinstance(error, Exception) else error):
        check()


def test_limit_is_a_value_of_the_template() -> None:
    refusal = invalid("At most {limit} of {kind}.", "items", reason=InputReason.TOO_LONG, limit=3, kind="them")

    (issue,) = refusal.issues
    assert (str(issue.message), issue.limit) == ("At most 3 of them.", 3)
    assert refusal.extensions == {
        "code": "INVALID",
        "issues": [{"path": ["items"], "reason": "TOO_LONG", "message": "At most 3 of them.", "limit": 3}],
    }


def test_text_without_values_is_no_template() -> None:
    assert str(MessageText("Send {} and {limit}.")) == "Send {} and {limit}."
