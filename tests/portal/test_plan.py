"""The coordinator's page of the plan: seen, held, pinned and forbidden without scripts."""

import pytest

from agreements.terms import Terms
from tests.portal.conftest import Portal
from tests.world import FUJISAWA, KAGOSHIMA, KOMATSU, TOME


@pytest.fixture
def terms() -> Terms:
    return Terms(planning_from=1)


async def test_the_coordinator_sees_the_plan_and_decides(portal: Portal) -> None:
    path = f"/incidents/{portal.world.incident}/plan/{portal.world.group}"
    await portal.sign_in(TOME)
    request = await portal.ask(**{"quantity-1": "300"})
    while await portal.service.tick():
        pass
    await portal.sign_in(FUJISAWA)
    await portal.open(f"/incidents/{portal.world.incident}")
    assert f'href="{path}"' in portal.text
    await portal.open(path)
    assert "不足している品目（1件）" in portal.text
    assert "いま照会できる数では足りません" in portal.text or "応援できる団体にはすべて照会しました" in portal.text
    assert "照会中" in portal.text
    line = portal.text.partition(f'value="{request}/')[2].partition('"')[0]
    rule = {"kind": "forbid", "line": f"{request}/{line}", "member": KAGOSHIMA, "reason": "別の協定で対応中のため"}
    await portal.send(f"{path}/rules", rule | {"key": portal.hidden(f"{path}/rules")["key"]})
    assert "別の協定で対応中のため" in portal.text
    await portal.send(f"{path}/rules", rule)
    assert "同じ対象への指示がすでにあります" in portal.text
    await portal.send(f"{path}/rules", rule | {"kind": "pin", "member": TOME})
    assert "この協定グループの構成団体ではありません" in portal.text
    ends = portal.text.partition(f'action="{path}/rules/{request}/')[2].partition('"')[0]
    await portal.send(f"{path}/rules/{request}/{ends}")
    assert "別の協定で対応中のため" not in portal.text
    await portal.send(f"{path}/hold", {"is_held": "yes", "reason": "電話で調整する"})
    assert "自動の照会を保留しています" in portal.text
    await portal.send(f"{path}/hold", {"is_held": "no", "reason": "調整が済んだ"})
    assert "自動の照会を保留しています" not in portal.text


async def test_a_requester_sees_its_own_part_and_others_nothing(portal: Portal) -> None:
    path = f"/incidents/{portal.world.incident}/plan/{portal.world.group}"
    await portal.sign_in(TOME)
    await portal.ask()
    while await portal.service.tick():
        pass
    await portal.open(path)
    assert "照会の計画（" in portal.text
    assert "計画に指示する" not in portal.text
    await portal.sign_in(KOMATSU)
    await portal.open(path)
    assert portal.page.status_code == 404
