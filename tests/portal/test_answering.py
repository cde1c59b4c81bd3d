"""The answer page, opened without signing in."""

import pytest

from tests.portal.conftest import Portal
from tests.world import KOMATSU, TAMA, TOME


@pytest.fixture
async def asked(portal: Portal) -> Portal:
    await portal.sign_in(TOME)
    await portal.ask()
    await portal.service.deliver()
    return portal


@pytest.mark.asvs("3.5.1", "3.5.3")
async def test_opening_changes_nothing(asked: Portal) -> None:
    link = await asked.link_of(TAMA)
    asked.http.cookies.clear()
    before = (await asked.service.http.get(f"/api/answers/{link.rpartition('/')[2]}")).json()
    for _ in range(3):
        assert (await asked.open(link)).status_code == 200
    assert (await asked.http.head(link)).status_code == 200
    assert (await asked.service.http.get(f"/api/answers/{link.rpartition('/')[2]}")).json() == before
    assert before["state"] == "open"
    for words in ("応援できます", "条件付き", "できません", "サインインは要りません"):
        assert words in asked.text


async def test_an_answer_can_be_changed(asked: Portal) -> None:
    link = await asked.link_of(TAMA)
    await asked.send(link, {"decision": "accept", "quantity-1": "20"})
    assert "応援できます" in asked.text
    await asked.open(link)
    assert "回答済みです" in asked.text
    assert 'value="20"' in asked.page.text
    await asked.send(link, {"decision": "decline", "reason": "余震のため"})
    assert asked.page.status_code == 200
    assert "応援できません" in asked.text
    assert "余震のため" in asked.text


async def test_wrong_numbers_are_said_beside_their_field(asked: Portal) -> None:
    link = await asked.link_of(TAMA)
    await asked.send(link, {"decision": "accept", "quantity-1": "-3", "quantity-2": "四", "reason": "残す"})
    assert asked.page.status_code == 422
    assert 'id="quantity-1-wrong"' in asked.page.text
    assert 'id="quantity-2-wrong"' in asked.page.text
    assert "残す" in asked.text


async def test_more_than_there_is_is_refused_in_words(asked: Portal) -> None:
    await asked.send(await asked.link_of(TAMA), {"decision": "accept", "quantity-1": "51"})
    assert asked.page.status_code == 409
    assert 'value="51"' in asked.page.text


@pytest.mark.parametrize("decision", ["", "perhaps"])
async def test_without_a_decision_the_buttons_are_shown_again(asked: Portal, decision: str) -> None:
    await asked.send(await asked.link_of(TAMA), {"decision": decision, "quantity-1": "7"})
    assert asked.page.status_code == 422
    assert 'value="7"' in asked.page.text


async def test_a_closed_request_gives_a_receipt_all_the_same(asked: Portal) -> None:
    links = [await asked.link_of(code) for code in (TAMA, KOMATSU)]
    await asked.send(links[0], {"decision": "accept"})
    await asked.open(f"/incidents/{asked.world.incident}")
    request = asked.page.text.partition('href="/requests/')[2].partition('"')[0]
    await asked.open(f"/requests/{request}")
    action = f"/requests/{request}/cancellation"
    await asked.send(action, {**asked.hidden(action), "reason": "不要"})
    await asked.open(links[1])
    assert "受付は終了" in asked.text
    assert "パソコン" not in asked.text
    await asked.send(links[1], {"decision": "accept"})
    assert asked.page.status_code == 410
    assert "記録しました" in asked.text


@pytest.mark.parametrize("token", ["0000000000", "a", "zzz!", "x" * 90])
async def test_an_unknown_link_says_what_to_do(portal: Portal, token: str) -> None:
    for page in (await portal.open(f"/r/{token}"), await portal.send(f"/r/{token}", {"decision": "accept"})):
        assert page.status_code == 404
        assert "返信番号" in portal.text


async def test_a_huge_form_is_refused_in_words(asked: Portal) -> None:
    link = await asked.link_of(TAMA)
    await asked.send(link, {"decision": "decline", "reason": "長" * 200_000})
    assert asked.page.status_code == 413
    assert "大きすぎます" in asked.text
