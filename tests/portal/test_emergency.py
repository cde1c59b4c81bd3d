"""Emergency access on the pages: allowed, asked for, confirmed, read by, ended, reviewed; refused where it stands."""

import pytest

from agreements.terms import Terms
from tests.aid.emergencies import REASON, Stage, stage
from tests.portal.conftest import Portal
from tests.world import FUJISAWA, KOMATSU, TAMA, TOME

PAGE = "/emergency-accesses"
ALLOW = f"/inventory/{TOME}/emergency-permission"


@pytest.fixture
def terms() -> Terms:
    return Terms(emergency_access=True)


async def asked(portal: Portal, staged: Stage) -> str:
    """Ask over the page's form, and return where the acts on the access go."""
    await portal.sign_in(KOMATSU)
    await portal.open(PAGE)
    await portal.send(
        PAGE, {"commitment": staged.commitment, "reason": REASON, "minutes": "３０", "undertaking": "1"}
    )
    assert "確認待ち" in portal.text, portal.text
    (access,) = (await portal.service.call("GET", "/api/emergency-accesses", by=staged.reader)).json()["items"]
    return f"{PAGE}/{access['id']}"


async def test_an_inventory_is_read_in_an_emergency_and_reviewed(portal: Portal) -> None:
    staged = await stage(portal.service, is_allowed=False, world=portal.world)
    await portal.sign_in(TOME)
    await portal.open(f"/inventory/{TOME}/readers")
    await portal.send(ALLOW, portal.hidden(ALLOW))
    assert "承諾している" in portal.text, portal.text
    one = await asked(portal, staged)
    assert "2人目として確認する" not in portal.text
    await portal.sign_in(TAMA)
    await portal.open(PAGE)
    await portal.send(f"{one}/confirmation", portal.hidden(f"{one}/confirmation"))
    assert "閲覧中" in portal.text, portal.text
    await portal.sign_in(KOMATSU)
    await portal.open(PAGE)
    link = f"/inventory/{staged.world.members[TOME]}?access={one.rpartition('/')[2]}"
    assert link in portal.text
    await portal.open(link)
    assert "緊急閲覧中" in portal.text
    assert "登米市の台帳" in portal.text
    assert "架空住記 V7" in portal.text
    assert "format=pdf" not in portal.text
    await portal.open(f"/inventory/{TOME}/records/{staged.record}?access={one.rpartition('/')[2]}")
    assert "緊急閲覧中" in portal.text
    assert "架空住記 V7" in portal.text
    await portal.send(f"{one}/ending")
    assert "終了（点検待ち）" in portal.text
    await portal.open(link)
    assert portal.page.status_code in {403, 409, 410}
    await portal.sign_in(TOME)
    await portal.open(f"/inventory/{TOME}/readers")
    assert "目的：緊急閲覧" in portal.text
    await portal.open(PAGE)
    await portal.send(f"{one}/review", {"note": "必要な範囲だった。"})
    assert "点検：必要な範囲だった。" in portal.text


async def test_what_is_refused_is_said_with_what_was_typed(portal: Portal) -> None:
    staged = await stage(portal.service, is_allowed=False, world=portal.world)
    await portal.sign_in(KOMATSU)
    typed = {"commitment": staged.commitment, "reason": REASON, "minutes": "60", "undertaking": "1"}
    await portal.send(PAGE, typed)
    assert portal.page.status_code == 409
    assert "承諾していません" in portal.text
    assert f">{REASON}</textarea>" in portal.text
    await portal.send(PAGE, typed | {"undertaking": "", "reason": "短い"})
    assert portal.page.status_code == 422
    await staged.allow()
    one = await asked(portal, staged)
    await portal.send(f"{one}/confirmation")
    assert portal.page.status_code == 403
    assert "別の団体の担当者" in portal.text


async def test_who_has_no_part_in_it_is_offered_nothing(portal: Portal) -> None:
    staged = await stage(portal.service, world=portal.world)
    await portal.sign_in(FUJISAWA)
    await portal.open(PAGE)
    assert 'name="commitment"' not in portal.page.text
    one = await asked(portal, staged)
    await portal.sign_in(FUJISAWA)
    await portal.open(PAGE)
    assert f"{one}/ending" not in portal.text
    await portal.open(f"/inventory/{TOME}?access={one.rpartition('/')[2]}")
    assert portal.page.status_code in {403, 404, 409, 410}
