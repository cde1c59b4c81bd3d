"""The request form: what is typed is kept, and what is wrong stands beside its field."""

from tests.portal.conftest import Portal
from tests.world import TOME


async def test_full_width_digits_are_understood(portal: Portal) -> None:
    await portal.sign_in(TOME)
    await portal.ask(
        **{
            "quantity-1": "６０",
            "needed_by": "２０２６/６/２　９：００",
            "contact_phone": "０２２０ー２２ー２１１１",
            "place": "登米市役所（迫庁舎）",
            "reason": "髙橋﨑𠮷葛󠄀さんの席",
        }
    )
    assert "60台" in portal.text
    assert "2026年6月2日(火) 09:00" in portal.text
    assert "0220-22-2111" in portal.text
    assert "髙橋﨑𠮷葛󠄀さんの席" in portal.text, "words stay as they were written"


async def test_errors_stand_beside_their_fields_and_nothing_typed_is_lost(portal: Portal) -> None:
    await portal.sign_in(TOME)
    path = f"/incidents/{portal.world.incident}/ask"
    await portal.open(path)
    fields = {"group": portal.world.group, "key": portal.hidden(path)["key"], "place": "<迫庁舎>"}
    typed = {"kind-1": "pc", "quantity-1": "", "kind-3": "printer", "quantity-3": "たくさん", "needed_by": "あした"}
    await portal.send(path, fields | typed)
    assert portal.page.status_code == 422
    for name in ("quantity-3", "needed_by"):
        assert f'id="{name}-wrong"' in portal.page.text
        assert f'<a href="#{name}">' in portal.page.text
    assert "数 3：" in portal.text
    for value in ("たくさん", "あした"):
        assert f'value="{value}"' in portal.page.text
    assert 'value="&lt;迫庁舎&gt;"' in portal.page.text
    assert '<option value="printer" selected>' in portal.page.text


async def test_an_empty_form_says_what_is_lacking(portal: Portal) -> None:
    await portal.sign_in(TOME)
    path = f"/incidents/{portal.world.incident}/ask"
    await portal.send(path, {"group": portal.world.group})
    assert portal.page.status_code == 422
    assert "1件以上" in portal.text
    assert 'id="kind-1-wrong"' in portal.page.text


async def test_the_same_form_twice_is_one_request(portal: Portal) -> None:
    await portal.sign_in(TOME)
    path = f"/incidents/{portal.world.incident}/ask"
    await portal.open(path)
    key = portal.hidden(path)["key"]
    fields = {"group": portal.world.group, "key": key, "kind-1": "pc", "quantity-1": "5"}
    shown = {(await portal.send(path, fields)).url.path for _ in range(2)}
    assert len(shown) == 1
    await portal.open(f"/incidents/{portal.world.incident}")
    assert "応援要請（1件）" in portal.text


async def test_a_mission_brings_its_lines(portal: Portal) -> None:
    await portal.sign_in(TOME)
    none = {"kind-1": "", "quantity-1": "", "kind-2": "", "quantity-2": ""}
    await portal.ask(**none, mission=["certificates", "shelter_lists"])
    assert "証明" in portal.text


async def test_what_a_mission_suggests_can_be_changed_before_it_is_asked(portal: Portal) -> None:
    await portal.sign_in(TOME)
    path = f"/incidents/{portal.world.incident}/ask"
    await portal.open(path)
    assert "証明書発行の職員2人、パソコン4台" in portal.text
    key = portal.hidden(path)["key"]
    chosen = {"mission": ["certificates", "temporary_office"], "suggest": "1", "place": "迫庁舎"}
    typed = {"group": portal.world.group, "key": key, "kind-1": "tablet", "quantity-1": "3"}
    await portal.send(path, typed | chosen)
    assert portal.page.status_code == 200
    values = portal.hidden(path)
    assert [values[f"quantity-{row}"] for row in range(1, 9)] == ["3", "2", "4", "2", "1", "1", "", ""]
    assert '<option value="staff_certificates" selected>' in portal.page.text
    assert 'value="temporary_office" checked' in portal.page.text, "five more lines find no room: it stays chosen"
    assert 'value="certificates" checked' not in portal.page.text
    assert (values["place"], values["key"]) == ("迫庁舎", key)
    changed = {"kind-1": "staff_certificates", "quantity-1": "7", "kind-2": "pc", "quantity-2": "1"}
    await portal.ask(**changed)
    assert "7人" in portal.text


async def test_a_request_shows_on_the_board_with_its_record(portal: Portal) -> None:
    await portal.sign_in(TOME)
    await portal.ask()
    await portal.open(f"/incidents/{portal.world.incident}")
    for words in ("登米市", "60台", "震度6強（1団体）", "クロノロジー", "被災状況"):
        assert words in portal.text
