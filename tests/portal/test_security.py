"""The year of information security on its pages, gone through; what is refused is said where it stands."""

import re

from tests.journeys.test_security_cycle import APPROVER, AUDITOR, staffed
from tests.portal.conftest import Portal
from tests.world import FUJISAWA, TOME

YEAR = "/security/2026"


async def sign_in(portal: Portal, email: str) -> None:
    await portal.send("/signin", {"email": email})
    assert portal.page.url.path == "/incidents", portal.text


async def begun(portal: Portal) -> str:
    """Let 登米市 have its people, begin the year's sheet, and return its address."""
    await portal.service.database.write(staffed, portal.world)
    await portal.sign_in(TOME)
    await portal.send(f"{YEAR}/self-check")
    assert portal.page.url.path.startswith(f"{YEAR}/sheets/"), portal.text
    return portal.page.url.path


async def finish(portal: Portal, sheet: str) -> None:
    """Answer every question as the page suggests, else with a ○, and finish."""
    await portal.open(sheet)
    for question in re.findall(rf'action="{sheet}/answers/([a-z_]+)"', portal.page.text):
        await portal.open(sheet)
        given = re.search(rf'id="{question}-[a-z]+" name="mark" value="([a-z]+)" checked', portal.page.text)
        mark = given.group(1) if given else "good"
        await portal.send(f"{sheet}/answers/{question}", {"mark": mark, "comment": "来月までに直す"})
        assert portal.page.status_code == 200, portal.text
    await portal.send(f"{sheet}/completion")
    assert "✓完了" in portal.text, portal.text


async def test_the_year_is_gone_through_on_its_pages(portal: Portal) -> None:
    sheet = await begun(portal)
    await portal.send(
        f"{YEAR}/policy",
        {
            "stage": "adopted",
            "made_on": "２０２５年４月１日",
            "kept_at": "庁内ポータル",
            "note": "来年度に全面改定する。",
        },
    )
    assert "策定済み　2025年4月1日 策定" in portal.text, portal.text
    assert portal.text.count("来年度に全面改定する。") == 2, "shown, and kept in the form that states it again"
    await portal.send(f"{YEAR}/policy-reading")
    assert "1人が読みました" in portal.text
    await finish(portal, sheet)
    await portal.open(f"{sheet}/export")
    assert portal.page.headers["content-type"].startswith("text/csv")
    await sign_in(portal, AUDITOR)
    await portal.open(YEAR)
    owner = portal.world.people[TOME, "disaster"]
    typed = {"text": "端末を使い回している。", "severity": "high", "owner": owner, "due_on": "2026年7月31日"}
    await portal.send(f"{YEAR}/findings", typed)
    found = re.search(rf'action="({YEAR}/findings/[^"]+)/completion"', portal.page.text)
    assert found, portal.text
    await portal.send(f"{YEAR}/audit", {"note": "おおむね適切である。"})
    assert "意見：おおむね適切である。" in portal.text
    await portal.sign_in(TOME)
    await portal.send(f"{found.group(1)}/completion", {"note": "1人1台にした。", "evidence": "文書12号"})
    assert "対応済み（確認待ち）" in portal.text, portal.text
    await portal.send(f"{YEAR}/review", {"note": "端末を増やす。"})
    assert "端末を増やす。" in portal.text
    await sign_in(portal, APPROVER)
    await portal.send(f"{YEAR}/approval")
    assert "見直しを承認する" not in portal.text, portal.text
    await sign_in(portal, AUDITOR)
    await portal.send(f"{found.group(1)}/acceptance")
    assert "確認済み" in portal.text, portal.text
    assert portal.page.text.count("✓済み") == 4


async def test_what_is_refused_is_said_beside_the_question(portal: Portal) -> None:
    sheet = await begun(portal)
    await portal.send(f"{sheet}/answers/record", {"mark": "bad", "comment": ""})
    assert portal.page.status_code == 422
    assert re.search(r'id="record".*?role="alert"', portal.page.text, re.DOTALL)
    assert 'id="record-bad" name="mark" value="bad" checked' in portal.page.text
    await portal.send(f"{sheet}/completion")
    assert portal.page.status_code in {409, 422}
    await portal.send(f"{YEAR}/self-check")
    assert portal.page.status_code == 409
    assert "記入中" in portal.text
    await portal.send(f"{YEAR}/audit", {"note": "おおむね適切である。"})
    assert portal.page.status_code == 403


async def test_others_see_nothing_of_it_and_wrong_years_are_not_there(portal: Portal) -> None:
    sheet = await begun(portal)
    await portal.sign_in(FUJISAWA)
    for path in (sheet, f"{YEAR}/sheets/x/y", "/security/now", "/security/1999"):
        await portal.open(path)
        assert portal.page.status_code in {404, 405, 422}, path
    await portal.open("/security")
    assert portal.page.status_code == 200
    assert re.fullmatch(r"/security/20[0-9]{2}", portal.page.url.path)
