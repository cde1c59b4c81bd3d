"""The inventory's pages: keeping one's own, reading another's on the record, seeing who looked."""

from tests.agreements.secrecy import adopt
from tests.inventory.recording import keep
from tests.portal.conftest import Portal
from tests.world import FUJISAWA, KOMATSU, TAMA


async def start(portal: Portal, code: str, kind: str = "system") -> str:
    """Open the form of a new record, and return its address."""
    await portal.sign_in(code)
    path = f"/inventory/{code}/new/{kind}"
    await portal.open(path)
    return path


async def look(portal: Portal, code: str = KOMATSU, purpose: str = "planning") -> None:
    """Choose another member's inventory."""
    await portal.open("/inventory-of-others")
    fields = {"member": f"{portal.world.group}/{code}", "purpose": purpose, "incident": portal.world.incident}
    await portal.send("/inventory-of-others", fields)


async def test_a_record_is_written_changed_checked_and_retired(portal: Portal) -> None:
    path = await start(portal, KOMATSU)
    typed = {
        "field-name": "住民記録",
        "field-hosting": "cloud",
        "field-restore_tested_on": "２０２６年２月１０日",
        "field-export_formats": "CSV\n\n中間標準レイアウト",
        "field-remarks": "庁内\n外部",
    }
    await portal.send(path, typed)
    one = portal.page.url.path
    assert "/records/" in one, portal.text
    assert "クラウド" in portal.text
    assert "2026年2月10日" in portal.text
    assert "CSV、中間標準レイアウト" in portal.text
    await portal.open(f"{one}/change")
    assert "CSV\n中間標準レイアウト" in portal.text
    await portal.send(f"{one}/change", {"version": "1", "field-name": "住民記録 新", "is_withheld": "yes"})
    assert portal.page.url.path == one, portal.text
    assert "クラウド" not in portal.text
    assert "共有しない" in portal.text
    await portal.send(f"{one}/checks")
    assert "変更なしを確認" in portal.text
    await portal.send(f"{one}/retirement", {"note": "撤去"})
    assert "廃止　小松市 disaster　撤去" in portal.text
    await portal.send(f"{one}/restoration")
    assert "復活させる" not in portal.text


async def test_what_is_wrong_is_said_beside_its_field(portal: Portal) -> None:
    path = await start(portal, KOMATSU, "equipment")
    await portal.send(path, {"field-name": "", "field-quantity": "たくさん", "field-model": "型番A"})
    assert portal.page.status_code == 422
    assert 'id="field-quantity-wrong"' in portal.text
    assert 'id="field-name-wrong"' in portal.text
    assert 'value="型番A"' in portal.text


async def test_a_change_of_what_somebody_else_changed_is_refused(portal: Portal) -> None:
    await portal.send(await start(portal, KOMATSU), {"field-name": "住民記録"})
    one = portal.page.url.path
    await portal.send(f"{one}/change", {"version": "1", "field-name": "二番目"})
    await portal.send(f"{one}/change", {"version": "1", "field-name": "三番目"})
    assert portal.page.status_code == 412
    await portal.open(one)
    assert "二番目" in portal.text


async def test_another_inventory_is_read_after_signing_and_the_owner_sees_it(portal: Portal) -> None:
    await keep(portal.service, portal.world)
    await adopt(portal.service, portal.world, by=portal.world.email(FUJISAWA))
    await portal.sign_in(TAMA)
    await look(portal)
    assert "小松市の台帳" in portal.text
    assert "秘密保持契約に署名する" in portal.text
    assert "架空住記" not in portal.text
    await portal.open("/ndas")
    await portal.send("/ndas", portal.hidden("/ndas"))
    assert "有効" in portal.text
    await look(portal)
    assert "架空住記 V7" in portal.text
    assert "更新は来年度" not in portal.text
    await portal.sign_in(KOMATSU)
    await portal.open(f"/inventory/{KOMATSU}/readers")
    assert "多摩市　多摩市 disaster　目的：検討" in portal.text
    assert "パッケージ名" in portal.text
    await portal.send(f"/inventory/{KOMATSU}/sharing", portal.hidden(f"/inventory/{KOMATSU}/sharing"))
    assert "共有していない" in portal.text
    await portal.sign_in(TAMA)
    await look(portal)
    assert "架空住記" not in portal.text


async def test_an_nda_ends_when_its_signer_says_so(portal: Portal) -> None:
    await adopt(portal.service, portal.world, by=portal.world.email(FUJISAWA))
    await portal.sign_in(TAMA)
    await portal.open("/ndas")
    await portal.send("/ndas", portal.hidden("/ndas"))
    nda = portal.hidden("/ndas/revocation")
    await portal.send("/ndas/revocation", nda | {"reason": ""})
    assert portal.page.status_code == 422
    await portal.send("/ndas/revocation", nda | {"reason": "異動"})
    assert "終了" in portal.text
    assert portal.page.status_code == 200


async def test_a_file_is_shown_row_by_row_before_it_is_taken_in(portal: Portal) -> None:
    await portal.sign_in(KOMATSU)
    path = f"/inventory/{KOMATSU}/files"
    text = "名称,数量,貸出できる数\r\n貸出用ノート,8,5\r\n,3,1\r\n"
    file = {"file": ("台帳.csv", text.encode("cp932"), "text/csv")}
    await portal.send(path, {"kind": "equipment"}, files=file)
    assert "まだ登録していません" in portal.text
    assert "誤り 1行" in portal.text
    await portal.send(path, portal.hidden(path) | {"write": "right"})
    assert "取り込みました" in portal.text
    await portal.open(f"/inventory/{KOMATSU}")
    assert "貸出用ノート" in portal.text
    await portal.open(f"/inventory/{KOMATSU}/export?kind=equipment&encoding=cp932")
    assert "貸出用ノート" in portal.page.content.decode("cp932")


async def test_strangers_and_wrong_addresses_get_nothing(portal: Portal) -> None:
    await keep(portal.service, portal.world)
    await portal.sign_in(TAMA)
    for path in (f"/inventory/{KOMATSU}", f"/inventory/{KOMATSU}?group=x%2Fy&purpose=planning", "/inventory/~"):
        await portal.open(path)
        assert portal.page.status_code in {404, 422}, path
    await portal.open(f"/inventory/{KOMATSU}/readers")
    assert portal.page.status_code in {403, 404}
    await portal.open("/inventory/132241/new/nothing")
    assert portal.page.status_code == 404
