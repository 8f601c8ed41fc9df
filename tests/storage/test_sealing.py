"""Column encryption: names and e-mail addresses are encrypted in the database, and in no log or error."""

import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import storage
from jobs.resealing import reseal
from models import Profile, Role, emails, supporters
from settings import Settings
from storage.sealing import Keys, SealedError
from tests.support.app import ON_POSTGRES, SECRET, TestApp, running_app
from tests.support.operator_commands import run

pytestmark = pytest.mark.anyio

OLD, NEW = "the-old-key-which-is-long-enough-for-anyone", "the-new-key-which-is-long-enough-for-anyone"
KEYS = Keys([b"new", b"old"])
PLACE = "profiles.email of 17"
PROFILE = "{ viewer { profile { familyName email } } }"
SECRETS = {"family_name": "Sommerfeldt", "email": "katharina.sommerfeldt@secret.example"}


# ---------------------------------------------------------------- sealing


@given(st.text())
def test_sealed_text_is_unsealed_in_its_place(text: str) -> None:
    assert KEYS.unseal(KEYS.seal(text, PLACE), PLACE) == text


def test_equal_texts_are_sealed_differently() -> None:
    """A reader of the database can not tell that two people share a family name."""
    assert len({KEYS.seal("Sommer", PLACE) for _ in range(100)}) == 100


@pytest.mark.parametrize("place", ["profiles.email of 18", "profiles.family_name of 17", ""])
def test_moved_text_is_not_unsealed(place: str) -> None:
    with pytest.raises(SealedError):
        KEYS.unseal(KEYS.seal("secret", PLACE), place)


@given(st.integers(0, 200), st.integers(1, 255))
def test_altered_text_is_not_unsealed(at: int, by: int) -> None:
    sealed = bytearray(KEYS.seal("secret", PLACE))
    sealed[at % len(sealed)] ^= by

    with pytest.raises(SealedError):
        KEYS.unseal(bytes(sealed), PLACE)


def test_older_key_unseals() -> None:
    assert KEYS.unseal(Keys([b"old"]).seal("secret", PLACE), PLACE) == "secret"


def test_missing_key_error_names_only_the_place() -> None:
    with pytest.raises(SealedError, match=r"profiles\.email of 17 .* ENCRYPTION_KEYS") as refused:
        KEYS.unseal(Keys([b"gone"]).seal("secret", PLACE), PLACE)

    assert "secret" not in str(refused.value)


def test_hash_depends_on_key() -> None:
    assert Keys([b"old"]).hash("a@b.c") != Keys([b"new"]).hash("a@b.c")


# ---------------------------------------------------------------- one mailbox


@pytest.mark.parametrize(
    "spellings",
    [
        ("ada@example.org", "ADA@Example.ORG", " ada@example.org ", "ada@example.org."),
        ("adabyron@gmail.com", "Ada.Byron+news@gmail.com", "a.d.a.byron@googlemail.com"),
        ("ada@outlook.com", "ada+news@outlook.com"),
        ("ada@icloud.com", "ada+news@me.com"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example", "ada@BU\u0308CHER.example"),
        ("josé@example.org", "jose\u0301@example.org"),
    ],
)
def test_spellings_of_one_mailbox_have_one_hash(spellings: tuple[str, ...]) -> None:
    assert len({emails.canonical(emails.parse(spelling)) for spelling in spellings}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ada.byron@example.org", "adabyron@example.org"),
        ("ada+news@example.org", "ada@example.org"),
        ("ada.byron@outlook.com", "adabyron@outlook.com"),
        ("ada@hotmail.com", "ada@outlook.com"),
        ("ada@gmail.com", "ada@gmail.com.example"),
        ("+a@gmail.com", "+b@gmail.com"),
    ],
)
def test_possibly_different_mailboxes_have_two_hashes(one: str, other: str) -> None:
    assert emails.canonical(emails.parse(one)) != emails.canonical(emails.parse(other))


# ---------------------------------------------------------------- in the database


async def katharina(site: TestApp, **given: Any) -> str:
    """Create a person with sealed values, and return the person's token."""
    names = {"givenName": "Katharina", "familyName": SECRETS["family_name"], "email": SECRETS["email"]}
    answer = await site.do("introduce", "accessToken", **(names | given))
    return str(answer["accessToken"])


async def test_person_reads_own_sealed_values(site: TestApp) -> None:
    profile = (await site.ask(PROFILE, await katharina(site)))["viewer"]["profile"]

    assert profile == {"familyName": SECRETS["family_name"], "email": SECRETS["email"]}


async def test_person_is_found_by_any_spelling_of_an_email(site: TestApp) -> None:
    for email in ("ada.byron+petitions@gmail.com", "grace@example.org"):
        await katharina(site, email=email)

    found = await supporters.profiles_by_email("AdaByron@googlemail.com")

    assert [profile.email for profile in found] == ["ada.byron+petitions@gmail.com"]
    assert await supporters.profiles_by_email("nobody@example.org") == []


@pytest.mark.skipif(ON_POSTGRES, reason="it reads SQLite's files")
async def test_database_and_logs_contain_no_plain_text(site: TestApp, caplog: pytest.LogCaptureFixture) -> None:
    """Neither the database file, nor its write-ahead log, nor the server's logs, after operations of every kind."""
    with caplog.at_level(logging.DEBUG):
        told = await _live_a_little(site)
    path = Path(site.settings.database_url.removeprefix("sqlite://"))
    kept = b"".join(file.read_bytes() for file in path.parent.iterdir())

    assert b"Katharina" in kept
    for secret in SECRETS.values():
        for spelled in (secret, secret.lower(), emails.canonical(secret) if "@" in secret else secret):
            assert spelled.encode() not in kept
            assert spelled not in caplog.text
            assert spelled not in told


async def _live_a_little(site: TestApp) -> str:
    """Collect all that clients and staff receive meanwhile."""
    token = await katharina(site, idempotencyKey="6f1c2a3e-92b1-4c55")
    campaign = await site.campaign()
    comment = await site.comment(campaign, token)
    told = [
        await site.do("addReaction", "__typename", token, commentId=comment, kind="HEART"),
        await site.do("updateProfile", "__typename", token, familyName=SECRETS["family_name"], idempotencyKey="again"),
        await site.do("updateProfile", "__typename", token, familyName=SECRETS["family_name"] + "@", country="DE"),
        await site.do("introduce", "__typename", givenName="Eve", email=SECRETS["email"] + "@"),
        await site.post("{ campaigns { nodes { activity { nodes { actorName } } } } viewer { nothing } }", token),
        await site.do(
            "updateCampaign",
            "__typename",
            await site.staff(Role.CAMPAIGNER),
            campaignId=campaign,
            nameDisplayCeiling="INITIALS",
        ),
    ]
    return str(told)


# ---------------------------------------------------------------- a change of keys


@pytest.fixture
async def rotated() -> AsyncIterator[TestApp]:
    """A site whose values were sealed with an old key, after a rotation to a new key."""
    async with running_app(encryption_keys=(OLD,)) as site:
        await katharina(site)
        await katharina(site, email=None)
        await katharina(site, familyName=None)
        use(site, NEW, OLD)
        yield site


def use(site: TestApp, *keys: str) -> None:
    storage.sealing.use(replace(site.settings, encryption_keys=keys))


async def everyone() -> list[tuple[str | None, str | None]]:
    rows = [await storage.read_one(Profile, supporters.SELECT_PROFILE, number) for number in (1, 2, 3)]
    return [(row.family_name, row.email) for row in rows if row]


EVERYONE = [
    (SECRETS["family_name"], SECRETS["email"]),
    (SECRETS["family_name"], None),
    (None, SECRETS["email"]),
]


async def test_values_are_read_and_found_after_key_rotation(rotated: TestApp) -> None:
    assert await everyone() == EVERYONE
    assert len(await supporters.profiles_by_email(SECRETS["email"])) == 2


async def test_resealed_values_need_no_old_key(rotated: TestApp) -> None:
    assert await reseal() == 3
    use(rotated, NEW)

    assert await everyone() == EVERYONE
    assert len(await supporters.profiles_by_email(SECRETS["email"])) == 2


async def test_reseal_is_idempotent(rotated: TestApp) -> None:
    await reseal()

    assert await reseal() == 0


async def test_secret_key_unseals_beside_encryption_keys() -> None:
    async with running_app() as site:
        token = await katharina(site)
        use(site, NEW)

        assert (await site.ask(PROFILE, token))["viewer"]["profile"]["email"] == SECRETS["email"]


async def test_unseal_error_is_masked(caplog: pytest.LogCaptureFixture) -> None:
    async with running_app(encryption_keys=(OLD,)) as site:
        token = await katharina(site)
        use(site, NEW)

        body = await site.post(PROFILE, token)

    assert body["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert "Sommerfeldt" not in str(body) + caplog.text
    assert "profiles.family_name of 1 is sealed with a key that is not among ENCRYPTION_KEYS" in caplog.text


async def test_reseal_prints_count_of_people() -> None:
    async with running_app() as site:
        await katharina(site)
        ended = await run(site.settings.database_url, "reseal", SECRET_KEY=SECRET, ENCRYPTION_KEYS=NEW)
        use(site, NEW)

        assert (ended.returncode, ended.stdout) == (0, "People sealed anew: 1\n")
        assert [profile.email for profile in await supporters.profiles_by_email(SECRETS["email"])] == [SECRETS["email"]]


def test_short_key_is_refused() -> None:
    with pytest.raises(SystemExit, match="at least 32 random characters") as refused:
        replace(Settings(), encryption_keys=("short",))

    assert "short" not in str(refused.value)
