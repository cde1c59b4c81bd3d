from sqlalchemy import select
from sqlalchemy.orm import Session

from notifications import codes
from notifications.models import Delivery
from tests.portal.conftest import Portal
from tests.world import FUJISAWA, TOME


def tokens(session: Session) -> list[str]:
    rows = session.scalars(select(Delivery.id).where(Delivery.token_digest.is_not(None)).order_by(Delivery.id))
    return [codes.token_of(session, row) for row in rows]


async def test_a_member_tests_its_channels_and_one_button_acknowledges(portal: Portal) -> None:
    await portal.sign_in(TOME)
    await portal.open("/reachability")
    assert "0 / 4" in portal.text
    await portal.send("/reachability")
    assert "確認を受付中です" in portal.text
    await portal.service.deliver()
    token = (await portal.service.database.read(tokens))[0]
    await portal.open(f"/r/{token}")
    assert "受け取りました" in portal.text
    assert "応援できます" not in portal.text
    await portal.send(f"/r/{token}", portal.hidden(f"/r/{token}"))
    assert "受け取りを確認しました" in portal.text
    await portal.open("/reachability")
    assert "1 / 4" in portal.text


async def test_a_coordinator_sees_the_board_and_tests_another_member(portal: Portal) -> None:
    await portal.sign_in(FUJISAWA)
    await portal.open("/reachability")
    assert "登米市" in portal.text
    await portal.send("/reachability", {"member": TOME})
    assert "受付中" in portal.text
    await portal.send("/reachability", {"member": TOME})
    assert portal.page.status_code == 409
    assert "まだ受付中です" in portal.text
