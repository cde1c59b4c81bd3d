"""Cards for asking by message, and the messages that wait for a person."""

from tests.portal.conftest import Portal
from tests.world import FUJISAWA, KOMATSU, TOME

STRANGER = {"from": "+819012345678", "to": "1"}


async def write(portal: Portal, text: str) -> None:
    answer = await portal.http.get("/hooks/sms/console/secret/mo", params={**STRANGER, "text": text})
    assert answer.status_code == 200


async def test_a_card_is_made_and_shown_once_with_its_places_and_letters(portal: Portal) -> None:
    await portal.sign_in(TOME)
    await portal.open("/cards")
    await portal.send("/cards", {"place-1": "迫庁舎", "place-3": "<総合体育館>"})
    assert 'value="迫庁舎"' in portal.page.text
    person = portal.world.people[TOME, "disaster"]
    await portal.send(f"/cards/{person}")
    assert portal.page.text.count("□ <code>") == 12
    for words in (
        "団体コード 042129",
        "L1</b> 迫庁舎",
        "&lt;総合体育館&gt;",
        "G</b>&nbsp;発電機",
        "OUEN 042129 G2 T0 L1",
    ):
        assert words in portal.page.text
    await portal.open("/cards")
    assert '<td class="count">12</td>' in portal.page.text
    assert "作り直す" in portal.page.text


async def test_another_members_person_gets_no_card(portal: Portal) -> None:
    await portal.sign_in(KOMATSU)
    await portal.send(f"/cards/{portal.world.people[TOME, 'disaster']}")
    assert portal.page.status_code == 404


async def test_a_strangers_message_leads_to_the_filled_in_form_and_is_settled(portal: Portal) -> None:
    await write(portal, "OUEN 042129 G2 PC20 T0 <本庁舎>")
    await portal.sign_in(FUJISAWA)
    await portal.open("/asked")
    assert "&lt;本庁舎&gt;" in portal.page.text
    assert "発電機 2台" in portal.text
    way = next(each for each in portal.text.split('"') if each.startswith("/incidents/") and "kind-1" in each)
    settle = next(each for each in portal.text.split('"') if each.startswith("/asked/"))
    await portal.open(way)
    for shown in ('<option value="generator" selected>', '<option value="042129" selected>', 'value="20"'):
        assert shown in portal.page.text
    await portal.send(settle, {"note": "登録の番号に電話で確認"})
    assert "確認を待つ着信はありません" in portal.text
    await portal.send(settle, {"note": "二度目"})
    assert portal.page.status_code == 409


async def test_another_member_sees_nothing_of_it(portal: Portal) -> None:
    await write(portal, "OUEN 042129 G2 T0")
    await portal.sign_in(KOMATSU)
    await portal.open("/asked")
    assert "確認を待つ着信はありません" in portal.text
