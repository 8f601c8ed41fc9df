"""Mailboxes: the spellings of one mailbox count once and sign in as one person, at the providers that say so."""

from typing import Any

import pytest

import storage
from jobs.resealing import reseal
from models import Profile, Signature, emails
from models.mailbox_providers import PROVIDER_OF_DOMAIN, PROVIDERS
from tests.support.app import TestApp
from tests.support.signing import audited, counts, sign

pytestmark = [pytest.mark.anyio, pytest.mark.audited]

PLUS_DOMAINS = (
    *("hotmail.co.uk", "hotmail.fr", "hotmail.de", "hotmail.it", "outlook.de", "outlook.fr", "live.co.uk", "live.nl"),
    *("msn.com", "protonmail.ch", "yandex.ru", "fastmail.fm", "zoho.com", "posteo.de", "mailbox.org", "gmail.com"),
    *("icloud.com", "outlook.com", "hey.com", "pm.me"),
)
SAME = (
    (
        "ada.byron@proton.me",
        "adabyron@proton.me",
        "ada_byron@proton.me",
        "ADA-Byron+news@protonmail.ch",
        "adabyron@pm.me",
    ),
    ("ada.byron@gmail.com", "AdaByron+news@googlemail.com"),
    ("ada.byron@yandex.ru", "ada-byron+news@ya.ru", "Ada.Byron@yandex.com.tr"),
    ("ada@me.com", "ada+news@icloud.com"),
)
DIFFERENT = (
    ("ada@hotmail.de", "ada@hotmail.fr"),
    ("ada.byron@outlook.com", "adabyron@outlook.com"),
    ("ada+a@hotmail.evil.example", "ada+b@hotmail.evil.example"),
    ("ada+a@hotmail.tk", "ada+b@hotmail.tk"),
    ("ada+a@live.co", "ada+b@live.co"),
    ("ada+a@example.org", "ada+b@example.org"),
    ("ada@posteo.de", "ada@posteo.net"),
    ("ada-a@yahoo.com", "ada-b@yahoo.com"),
)


@pytest.mark.parametrize("domain", PLUS_DOMAINS)
async def test_sub_addresses_of_a_mailbox_count_once(site: TestApp, domain: str) -> None:
    campaign = await site.campaign()

    for local in ("ada", "ada+2", "Ada+news"):
        await site.sign(campaign, f"{local}@{domain}")

    assert await counts(site, campaign) == (1, 1, 0, 0)


@pytest.mark.parametrize("spellings", SAME)
async def test_spellings_of_a_mailbox_sign_in_as_one_person(site: TestApp, spellings: tuple[str, ...]) -> None:
    who = "{ viewer { supporter { id } } }"

    people = [await site.ask(who, await site.signed_in(email)) for email in spellings]

    assert all(person == people[0] for person in people)


@pytest.mark.parametrize("two", DIFFERENT)
async def test_two_mailboxes_are_two_people(site: TestApp, two: tuple[str, str]) -> None:
    who = "{ viewer { supporter { id } } }"

    first, second = [await site.ask(who, await site.signed_in(email)) for email in two]

    assert first != second


def test_table_names_each_domain_once_and_in_full() -> None:
    domains = [domain for provider in PROVIDERS for domain in provider.domains]

    assert len(domains) == len(set(domains)) == len(PROVIDER_OF_DOMAIN)
    assert [emails.parse(f"ada@{domain}") for domain in domains] == [f"ada@{domain}" for domain in domains]
    for domain in domains:
        assert emails.canonical(emails.canonical(f"A.da_b-c+d@{domain}")) == emails.canonical(f"A.da_b-c+d@{domain}")


# ---------------------------------------------------------------- rows of an earlier release


async def hash_as_before(email: str, mailbox: str) -> None:
    """Give the rows of an e-mail the hash that release 0.1 gave them."""
    earlier: Any = storage.sealing.keys().hash(mailbox)
    newest = emails.newest_hash(email)
    await Profile.filter(email_hash=newest).update(email_hash=earlier)
    await Signature.filter(email_hash=newest).update(email_hash=earlier)
    await Signature.filter(counted_hash=newest).update(counted_hash=earlier)


@pytest.mark.parametrize("email", ["ada+old@hotmail.de", "ada.byron@proton.me"])
@pytest.mark.parametrize("is_resealed", [False, True])
async def test_rows_hashed_by_an_earlier_release_are_found(email: str, is_resealed: bool) -> None:
    who = "{ viewer { supporter { id } } }"
    async with audited() as site:
        campaign = await site.campaign()
        token = await site.signed_in(email)
        await sign(site, campaign, token, email=email)
        await hash_as_before(email, email)
        if is_resealed:
            await reseal()

        again = await site.signed_in(email)
        await site.sign(campaign, email)

        assert await site.ask(who, again) == await site.ask(who, token)
        assert await counts(site, campaign) == (1, 1, 0, 0)


async def test_resealing_finds_rows_by_every_spelling() -> None:
    async with audited() as site:
        campaign = await site.campaign()
        await sign(site, campaign, email="ada+old@hotmail.de")
        await hash_as_before("ada+old@hotmail.de", "ada+old@hotmail.de")

        await reseal()

        await site.sign(campaign, "ada+new@hotmail.de")
        assert await counts(site, campaign) == (1, 1, 0, 0)


async def test_resealing_leaves_what_was_counted() -> None:
    """Two spellings signed while they were taken for two mailboxes."""
    async with audited() as site:
        campaign = await site.campaign()
        for email in ("ada+a@hotmail.de", "ada+b@hotmail.de"):
            await sign(site, campaign, email=email)
            await hash_as_before(email, email)

        await reseal()
        await reseal()
        await site.sign(campaign, "ada@hotmail.de")

        assert await counts(site, campaign) == (2, 2, 0, 0)


async def test_two_people_of_one_mailbox_keep_their_spellings() -> None:
    who = "{ viewer { supporter { id } } }"
    async with audited() as site:
        people = []
        for email in ("ada+a@hotmail.de", "ada+b@hotmail.de"):
            people.append(await site.ask(who, await site.signed_in(email)))
            await hash_as_before(email, email)

        await reseal()

        again = [await site.ask(who, await site.signed_in(f"ada+{one}@hotmail.de")) for one in "ab"]
        assert again == people


async def test_an_earlier_reading_of_another_mailbox_keeps_its_hash(site: TestApp) -> None:
    """Release 0.1 mailed ada@straße.example at strasse.example: the row must not go to the reader of the other one."""
    token = await site.signed_in("ada@strasse.example")
    profile = await Profile.get(email_verified=True)
    sealed: Any = storage.sealing.seal("ada@straße.example", "profiles.email", profile.supporter_id)
    await Profile.filter(id=profile.id).update(email_sealed=sealed)
    who = "{ viewer { supporter { id } } }"

    await reseal()

    assert await site.ask(who, await site.signed_in("ada@strasse.example")) == await site.ask(who, token)
    assert await site.ask(who, await site.signed_in("ada@xn--strae-oqa.example")) != await site.ask(who, token)
