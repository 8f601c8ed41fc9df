"""Names of people: what is no name is refused with a reason, nobody is called like staff, and real names are taken."""

from typing import Any

import pytest

from auth.viewers import Scope
from models import Role
from tests.support.app import TestApp

pytestmark = pytest.mark.anyio


async def introduced(site: TestApp, given_name: str, family_name: str | None = None) -> Any:
    return await site.do("introduce", "accessToken", givenName=given_name, familyName=family_name)


BLANK = {"Hangul": "\u3164", "initial of Hangul": "\u115f", "half-width Hangul": "\uffa0", "Braille": "\u2800"}


@pytest.mark.parametrize("name", BLANK.values(), ids=BLANK)
async def test_blank_name_is_empty(site: TestApp, name: str) -> None:
    for given, family, path in ((name, None, "givenName"), ("Ada", name, "familyName")):
        answer = await introduced(site, given, family)
        assert (answer["code"], answer["paths"]) == ("INVALID", [path])
        assert "empty" in answer["message"]


async def test_letter_with_90_accents_is_refused(site: TestApp) -> None:
    answer = await introduced(site, "A" + "\u0301" * 90)

    assert (answer["code"], answer["paths"]) == ("REJECTED_CONTENT", ["givenName"])
    assert "accents" in answer["message"]


NO_NAMES = {
    "Hangul filler inside": "Ada\u3164Byron",
    "7 accents": "A" + "\u0301\u0316" * 4,
    "12 marks": "A\u0f90" + "\u0f90" * 12,
    "a link": "https://example.org",
    "a short link": "bit.ly/3xyz",
    "a domain": "Visit win-cash.example now",
    "a domain in capitals": "WIN-CASH.EXAMPLE",
    "an e-mail": "ada@example.org",
    "markup": "<b>Bob</b>",
    "Markdown": "**Bob**",
    "a link in Markdown": "[Bob](x)",
    "a formula": "=HYPERLINK(1)",
    "another formula": "+SUM(A1)",
    "a telephone number": "Call 0900 123456",
    "Arabic digits": "Call \u0660\u0661\u0662\u0663\u0664\u0665",
    "no letters": "!!!",
}


@pytest.mark.parametrize("name", NO_NAMES.values(), ids=NO_NAMES)
async def test_no_name_is_refused(site: TestApp, name: str) -> None:
    for given, family, path in ((name, None, "givenName"), ("Ada", name, "familyName")):
        answer = await introduced(site, given, family)
        assert (answer["code"], answer["paths"][0]) == ("REJECTED_CONTENT", path)
        assert "name" in answer["message"].lower()


@pytest.mark.parametrize("mutation", ["signPetition", "updateProfile"])
async def test_every_form_refuses_what_is_no_name(site: TestApp, mutation: str) -> None:
    token, campaign = await site.guest(), await site.campaign()
    form = {"campaignId": campaign, "email": "ada@example.org"} if mutation == "signPetition" else {}
    for name in ("Ada\u3164", "<b>Bob</b>", "bit.ly/3xyz", "Campaign Team"):
        answer = await site.do(mutation, "__typename", token, **form, givenName=name)
        assert (answer["code"], answer["paths"]) == ("REJECTED_CONTENT", ["givenName"])


OFFICIAL = [
    *(("Campaign Team", None), ("Campaign", "Team"), ("campaign-team", None), ("CAMPAIGN", "TE\u0410M")),
    *(("Admin", None), ("Adm1n", None), ("\u0410dmin", None), ("\u00c1dm\u00edn", None), ("A d m i n", None)),
    *(("The", "Moderators"), ("M\u03bfderator", None), ("Staff", None), ("The Staff", None), ("Official", "Account")),
    *(
        ("Groundswell", None),
        ("Ground\u0455well", "Press"),
        ("groundsweIl", None),
        ("\uff21\uff44\uff4d\uff49\uff4e", None),
    ),
]


@pytest.mark.parametrize(("given", "family"), OFFICIAL)
async def test_nobody_is_called_like_staff(site: TestApp, given: str, family: str | None) -> None:
    answer = await introduced(site, given, family)

    assert (answer["code"], answer["paths"]) == ("REJECTED_CONTENT", ["givenName"])
    assert "staff" in answer["message"]


async def test_staff_may_be_called_so(site: TestApp) -> None:
    token = await site.staff(Role.CAMPAIGNER, "Campaign Team")

    answer = await site.do("updateProfile", "viewer { supporter { displayName } }", token, country="DE")

    assert answer["viewer"]["supporter"]["displayName"] == "Campaign Team"


REAL_NAMES = [
    *(("Ada", "Byron"), ("Seán", "Ó Briain"), ("Jean-Luc", "d'Arc"), ("Mary", "O\u2019Neill"), ("J.R.R.", "Tolkien")),
    *(("Leopold", "Staff"), ("Ramadmin", "Adminović"), ("Teamur", "Supportnik"), ("St.John", "Rivers")),
    *(("dr.ada", "Byron"), ("Mr.Smith", None), ("Kumar a/l", "Raj"), ("Ada & Ben", "Okri"), ("John", "Smith 3rd")),
    *(("Nguyễn Thị", "Hồng Ngọc"), ("Ng\u0075\u0302\u0303n", "Tru\u031b\u0323ng"), ("Đặng", "Ữ Ẫ Ộ")),
    *(("محمد", "الأحمد"), ("مُحَمَّدٌ", "بْنُ عَبْدِ اللّٰهِ"), ("فاطمه\u200cزهرا", "موسوی")),
    *(("שָׁלוֹם", "כֹּהֵן"), ("王", "小明"), ("欧阳", "娜娜"), ("やまだ", "はなこ"), ("ガ\u3099", "山田"), ("김", "민준")),
    *(("བསྟན་འཛིན་", "རྒྱ་མཚོ"), ("བསྒྲུབས", None), ("ལྷ་མོ", None), ("कृष्णा", "श्रीनिवास"), ("ক্ষিতীশ", "চন্দ্র")),
    *(("தமிழ்ச்செல்வி", None), ("ශ්\u200dරී", "ලංකා"), ("ประยุทธ์", "จันทร์โอชา"), ("အောင်ဆန်းစုကြည်", "မြွှေ")),
    *(
        ("Ğülşen", "Öztürk"),
        ("Þórður", "Ægisson"),
        ("Łukasz", "Żółć"),
        ("Оксана", "Ковальчук"),
        ("Γεώργιος", "Παπαδόπουλος"),
    ),
    *(("ខេមរា", "សុខ"), ("ሃይለ", "ሥላሴ"), ("Գարեգին", "Նժդեհ"), ("გიორგი", "მაისურაძე"), ("ᐃᓄᒃ", None), ("ⵎⵓⵃⵎⵎⴷ", None)),
]


@pytest.mark.parametrize(("given", "family"), REAL_NAMES)
async def test_real_names_are_taken(site: TestApp, given: str, family: str | None) -> None:
    answer = await introduced(site, given, family)

    assert answer["__typename"] == "IntroducePayload", answer


async def test_program_cannot_rename_itself(site: TestApp) -> None:
    admin = await site.staff(Role.ADMIN)
    given = {"name": "A newsletter tool", "scopes": [Scope.COMMENT.value]}
    key = (await site.do("createApiKey", "key", admin, **given))["key"]

    answer = await site.do("updateProfile", "__typename", key, givenName="Amnesty", familyName="International")

    assert answer["code"] == "FORBIDDEN"
    viewer = (await site.ask("{ viewer { supporter { displayName badge } } }", key))["viewer"]
    assert viewer["supporter"] == {"displayName": "A newsletter tool", "badge": "PARTNER"}
