from tests.portal.conftest import Portal
from tests.world import FUJISAWA, TOME


async def test_a_coordinator_sees_how_the_outbox_stands(portal: Portal) -> None:
    await portal.sign_in(TOME)
    await portal.ask()
    await portal.open("/administration/outbox")
    assert portal.page.status_code == 403
    await portal.sign_in(FUJISAWA)
    await portal.open("/administration/outbox")
    assert "異常はありません" in portal.text
    assert "送信待ち" in portal.text
    assert "滞っているもの" in portal.text
