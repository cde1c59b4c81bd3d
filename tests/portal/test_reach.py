"""Who has been reached, the telephone list and its calls, and saying that something was received."""

from datetime import timedelta

import pytest

from tests.portal.conftest import Portal
from tests.world import FUJISAWA, KOMATSU, TAMA, TOME


@pytest.fixture
async def path(portal: Portal) -> str:
    """Ask as 登米市, let everything go out, and return the request's page."""
    await portal.sign_in(TOME)
    request = await portal.ask()
    await portal.service.deliver()
    return f"/requests/{request}"


async def test_what_is_only_received_is_said_and_can_be_answered_later(portal: Portal, path: str) -> None:
    link = await portal.link_of(TAMA)
    await portal.open(link)
    assert "受領だけ伝える" in portal.text
    decisions = portal.page.text.partition('class="answers"')[2].partition("</form>")[0]
    assert decisions.count("<button") == 3
    await portal.send(link, {"decision": "received"})
    assert "受領のご連絡を受け付けました" in portal.text
    await portal.open(path)
    assert "受領済み・回答待ち 1" in portal.text
    assert "に再照会" in portal.text
    await portal.send(link, {"decision": "accept", "quantity-1": "20"})
    assert "回答を受け付けました" in portal.text
    await portal.open(path)
    assert "回答済み 1" in portal.text


async def test_a_partner_that_is_signed_in_says_that_it_received(portal: Portal, path: str) -> None:
    await portal.sign_in(KOMATSU)
    await portal.open(f"{path}/answer")
    await portal.send(f"{path}/receipt")
    assert "受領を伝えました" in portal.text
    await portal.open(f"{path}/telephone-list")
    assert portal.page.status_code == 403, "the list is for who asks"


async def test_the_list_shows_numbers_and_what_was_tried_and_takes_calls(portal: Portal, path: str) -> None:
    world = portal.world
    for _ in range(3):
        portal.service.clock.advance(timedelta(hours=1))
        while await portal.service.tick():
            pass
    await portal.service.deliver()
    await portal.sign_in(FUJISAWA)
    await portal.open(path)
    assert "電話連絡の一覧" in portal.text
    await portal.open(f"{path}/telephone-list")
    assert f"tel:{world.mobile(TAMA)}" in portal.page.text
    assert "メール 送信済み" in portal.text
    action = f"{path}/telephone-list/{world.members[TAMA]}/calls"
    await portal.send(action, {**portal.hidden(action), "outcome": "calling"})
    assert "ほかの人は電話しないでください" in portal.text
    await portal.send(action, {**portal.hidden(action), "outcome": "said_yes", "note": "20台"})
    assert "代理で登録します" in portal.text
    form = f"{path}/answer"
    await portal.send(form, {**portal.hidden(form), "decision": "accept", "quantity-1": "20"})
    assert portal.page.url.path == path, portal.text
    assert "応援可能" in portal.text


async def test_two_people_do_not_telephone_the_same_partner(portal: Portal, path: str) -> None:
    world = portal.world
    action = f"{path}/telephone-list/{world.members[TAMA]}/calls"
    await portal.open(f"{path}/telephone-list")
    await portal.send(action, {**portal.hidden(action), "outcome": "calling"})
    await portal.sign_in(FUJISAWA)
    await portal.open(f"{path}/telephone-list")
    await portal.send(action, {**portal.hidden(action), "outcome": "calling"})
    assert portal.page.status_code == 409
    assert "から電話しています" in portal.text
