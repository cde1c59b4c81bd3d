"""The thread through the pages: ask, be told, answer by link, accept."""

from sqlalchemy import update

from inventory.models import Capability
from tests.portal.conftest import Portal
from tests.world import KOMATSU, TAMA, TOME


async def test_from_request_to_acceptance(portal: Portal) -> None:
    await portal.sign_in(TOME)
    request = await portal.ask(reason="庁舎の1階が浸水し、パソコンが使えません")
    await portal.service.deliver()

    link = await portal.link_of(TAMA)
    await portal.open(link)
    assert "登米市" in portal.text
    await portal.send(link, {"decision": "accept", "quantity-1": "２０", "quantity-2": "", "more-1": "５", "x": "y"})
    assert portal.page.status_code == 200
    assert "20台" in portal.text

    await portal.open(f"/requests/{request}")
    offer = portal.page.text.partition('id="offer-')[2].partition('"')[0]
    action = f"/requests/{request}/offers/{offer}/acceptance"
    fields = portal.hidden(action)
    assert (fields["quantity-1"], fields["quantity-2"]) == ("20", "4")
    await portal.send(action, {**fields, "quantity-1": "１５"})
    assert portal.page.status_code == 200
    assert "決定 15台" in portal.text
    assert "応援決定" in portal.text


async def test_a_repeated_acceptance_is_the_same_acceptance(portal: Portal) -> None:
    await portal.sign_in(TOME)
    request = await portal.ask()
    await portal.service.deliver()
    await portal.send(await portal.link_of(TAMA), {"decision": "accept", "quantity-1": "20"})
    await portal.open(f"/requests/{request}")
    offer = portal.page.text.partition('id="offer-')[2].partition('"')[0]
    action = f"/requests/{request}/offers/{offer}/acceptance"
    fields = portal.hidden(action)
    for _ in range(2):
        await portal.send(action, fields)
        assert portal.page.status_code == 200
    assert "決定 20台" in portal.text


async def test_emptied_fields_do_not_accept_everything(portal: Portal) -> None:
    await portal.sign_in(TOME)
    request = await portal.ask()
    await portal.service.deliver()
    await portal.send(await portal.link_of(TAMA), {"decision": "accept"})
    await portal.open(f"/requests/{request}")
    offer = portal.page.text.partition('id="offer-')[2].partition('"')[0]
    action = f"/requests/{request}/offers/{offer}/acceptance"
    emptied = {name: "" if name.startswith("quantity") else value for name, value in portal.hidden(action).items()}
    await portal.send(action, emptied)
    assert portal.page.status_code == 422
    assert "1以上" in portal.text
    assert "決定 " not in portal.text.partition("応援の申出")[2].partition("知らせた団体")[0].replace("決定する", "")


async def test_the_signed_in_form_asks_for_what_is_lacking_and_a_blank_means_just_that(portal: Portal) -> None:
    await portal.sign_in(TOME)
    request = await portal.ask()
    await portal.service.deliver()
    await portal.send(await portal.link_of(TAMA), {"decision": "accept", "quantity-1": "20", "quantity-2": "1"})
    await portal.open(f"/requests/{request}")
    offer = portal.page.text.partition("/offers/")[2].partition("/")[0]
    action = f"/requests/{request}/offers/{offer}/acceptance"
    await portal.send(action, portal.hidden(action))
    await portal.sign_in(KOMATSU)
    path = f"/requests/{request}/answer"
    await portal.open(path)
    assert "（要請 40台）" in portal.text
    assert "（要請 3台）" in portal.text
    await portal.send(path, {"key": portal.hidden(path)["key"], "decision": "accept", "quantity-1": "10"})
    found = await portal.service.call("GET", f"/api/requests/{request}/offers", by=portal.world.email(KOMATSU))
    own = next(each for each in found.json()["items"] if each["municipality"] == KOMATSU)
    assert [line["quantity"] for line in own["lines"]] == [10, 3]


async def test_a_partner_answers_signed_in_and_withdraws(portal: Portal) -> None:
    await portal.sign_in(TOME)
    request = await portal.ask()
    await portal.service.deliver()
    await portal.sign_in(KOMATSU)
    path = f"/requests/{request}/answer"
    await portal.open(path)
    key = portal.hidden(path)["key"]
    await portal.send(path, {"key": key, "decision": "provisional", "quantity-1": "１０", "reason": "運送は手配待ち"})
    assert portal.page.url.path == f"/requests/{request}"
    assert "条件付き" in portal.text
    assert "運送は手配待ち" in portal.text

    await portal.open(path)
    offer = portal.page.text.partition("/offers/")[2].partition("/")[0]
    action = f"/requests/{request}/offers/{offer}/withdrawal"
    await portal.send(action, {**portal.hidden(action), "reason": "被害が出たため"})
    assert "辞退" in portal.text


async def test_who_was_told_and_who_is_silent(portal: Portal) -> None:
    await portal.sign_in(TOME)
    request = await portal.ask()
    await portal.service.deliver()
    await portal.send(await portal.link_of(TAMA), {"decision": "decline", "reason": "在庫がありません"})
    await portal.open(f"/requests/{request}")
    told = portal.text.partition("知らせた団体")[2]
    assert "回答済み 1" in told
    assert "未回答" in told
    assert told.index("小松市") < told.index("多摩市"), "whom to call comes first"


async def test_matches_say_why(portal: Portal) -> None:
    await portal.sign_in(TOME)
    request = await portal.ask()
    await portal.open(f"/requests/{request}/matches")
    assert portal.page.status_code == 200
    assert "多摩市" in portal.text
    assert "km" in portal.text


async def test_the_end_of_a_request(portal: Portal) -> None:
    await portal.sign_in(TOME)
    request = await portal.ask()
    action = f"/requests/{request}/cancellation"
    await portal.send(action, {**portal.hidden(action), "reason": "電源が戻りました"})
    assert "取消" in portal.text
    assert "要請を終える" not in portal.text


async def test_a_proxy_request_is_confirmed_by_the_member(portal: Portal) -> None:
    await portal.sign_in(TAMA)
    request = await portal.ask(requester=TOME)
    assert "代理要請（本人未確認）" in portal.text
    await portal.sign_in(TOME)
    action = f"/requests/{request}/confirmation"
    await portal.open(f"/requests/{request}")
    await portal.send(action, portal.hidden(action))
    assert portal.page.status_code == 200
    assert "本人未確認" not in portal.text


async def test_who_decides_sees_what_would_stand_in(portal: Portal) -> None:
    own = update(Capability).where(Capability.member_id == portal.world.members[TAMA], Capability.kind == "pc")
    await portal.service.database.write(lambda session: session.execute(own.values(kind="notebook")))
    await portal.sign_in(TOME)
    request = await portal.ask()
    await portal.service.deliver()
    await portal.send(await portal.link_of(TAMA), {"decision": "accept", "quantity-1": "20", "quantity-2": "0"})
    await portal.open(f"/requests/{request}")
    assert "うち ノートパソコン 20台で代用（適合90％）" in portal.text
    offer = portal.page.text.partition('id="offer-')[2].partition('"')[0]
    action = f"/requests/{request}/offers/{offer}/acceptance"
    await portal.send(action, portal.hidden(action))
    assert "決定 20台" in portal.text
    assert "うち ノートパソコン 20台で代用（適合90％）" in portal.text
