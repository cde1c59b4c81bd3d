"""The signed paper as a file: who may send it, what it counts, and who opens it."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements.nda_models import NdaScan
from foundation.documents.errors import NoJapaneseFont
from tests.agreements.secrecy import adopt, ndas, revoke, with_two_factors
from tests.api_client import Service
from tests.foundation.documents.fonts import NEEDS_FONT
from tests.foundation.documents.samples import jpeg, pdf, png, xlsx
from tests.inventory.attaching import rows, text_of, upload
from tests.world import FUJISAWA, KOMATSU, TAMA, World

TODAY = "2026-06-01"


async def scan(
    service: Service, world: World, by: str, content: bytes | None = None, *, expect: int = 201, **form: str
) -> dict[str, Any]:
    path = f"/api/groups/{world.group}/ndas/scans"
    filled = {"version": "1", "signed_on": TODAY, **form}
    return await upload(service, path, by, pdf() if content is None else content, expect=expect, **filled)


async def built(service: Service) -> World:
    world = await service.build()
    assert await adopt(service, world) == 1
    return world


@pytest.mark.parametrize("content", [pdf(), png(), jpeg()], ids=["pdf", "png", "jpeg"])
async def test_ones_own_counts_from_the_upload(service: Service, content: bytes) -> None:
    world = await built(service)
    by = await with_two_factors(service, world.email(KOMATSU))
    made = await scan(service, world, by, content)
    assert (made["way"], made["is_by_signer"], made["status"]) == ("scan", True, "in_force")
    assert [each["id"] for each in await ndas(service, world, by, "?is_in_force=true")] == [made["id"]]
    opened = await service.call("GET", f"/api/ndas/{made['id']}/scan", by=by)
    assert opened.content == content


async def test_a_colleagues_counts_too_and_is_marked_so(service: Service) -> None:
    world = await built(service)
    person = world.people[KOMATSU, "ict"]
    made = await scan(service, world, world.email(KOMATSU), person=person, note="書庫3段目")
    assert (made["person"], made["is_by_signer"], made["status"]) == (person, False, "in_force")
    refused = await scan(service, world, world.email(TAMA), person=person, expect=403)
    assert "forbidden" in refused["type"]


async def test_whose_nda_was_ended_by_another_does_not_bring_it_back_alone(service: Service) -> None:
    world = await built(service)
    by = world.email(KOMATSU)
    made = await scan(service, world, by)
    assert await revoke(service, made["id"], world.email(FUJISAWA)) == 200
    assert "nda-taken-away" in (await scan(service, world, by, expect=409))["type"]
    again = await scan(service, world, world.email(KOMATSU, "ict"), person=world.people[KOMATSU, "disaster"])
    assert again["status"] == "in_force"


@pytest.mark.parametrize(
    ("content", "form", "pointer", "code"),
    [
        (xlsx(), {}, "/file", "no-scan"),
        ("署名しました".encode(), {}, "/file", "no-scan"),
        (png()[:-20], {}, "/file", "damaged"),
        (png(), {"signed_on": "2026-06-02"}, "/signed_on", "missing"),
        (png(), {"signed_on": ""}, "/signed_on", "missing"),
        (png(), {"version": "0"}, "/version", "greater-than-equal"),
    ],
)
async def test_what_is_wrong_is_named(
    service: Service, content: bytes, form: dict[str, str], pointer: str, code: str
) -> None:
    world = await built(service)
    refused = await scan(service, world, world.email(KOMATSU), content, expect=422, **form)
    assert [(each["pointer"], each["code"]) for each in refused["errors"]] == [(pointer, code)]


async def test_without_a_file_it_is_not_signed_by_scan(service: Service) -> None:
    world = await built(service)
    by, path = world.email(KOMATSU), f"/api/groups/{world.group}/ndas"
    refused = await service.call("POST", path, by=by, json={"version": 1, "way": "scan", "signed_on": TODAY})
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/way"]


async def test_a_member_keeps_only_so_many(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    world = await built(service)
    monkeypatch.setattr("agreements.ndas.actions.MOST_SCANS", 1)
    await scan(service, world, world.email(KOMATSU))
    full = await scan(service, world, world.email(KOMATSU, "ict"), expect=409)
    assert "1件まで" in full["detail"]
    await scan(service, world, world.email(TAMA))


@NEEDS_FONT
async def test_the_coordinator_gets_a_marked_copy_and_nobody_else_any(service: Service) -> None:
    world = await built(service)
    made = await scan(service, world, world.email(KOMATSU))
    path = f"/api/ndas/{made['id']}/scan"
    opened = await service.call("GET", path, by=world.email(FUJISAWA))
    assert opened.status_code == 200
    first, second = await rows(service, "agreements.nda_scan_read")
    assert {first.chain, second.chain} == {world.members[KOMATSU], world.members[FUJISAWA]}
    assert all(first.facts["number"] in page for page in text_of(opened.content))
    assert (await service.call("GET", path, by=world.email(TAMA))).status_code == 404
    noted = await service.call("POST", f"/api/groups/{world.group}/ndas", by=world.email(TAMA), json={"version": 1})
    assert (
        await service.call("GET", f"/api/ndas/{noted.json()['id']}/scan", by=world.email(TAMA))
    ).status_code == 404


async def test_the_paper_lies_sealed(service: Service) -> None:
    world = await built(service)
    await scan(service, world, world.email(KOMATSU), png())

    def kept(session: Session) -> bytes:
        return session.scalars(select(NdaScan.sealed)).one()

    sealed = await service.database.read(kept)
    assert b"IHDR" not in sealed
    assert len(sealed) > len(png())
    assert png()[8:] not in sealed


async def test_ones_own_opens_where_nothing_can_be_marked(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    world = await built(service)
    made = await scan(service, world, world.email(KOMATSU))
    path = f"/api/ndas/{made['id']}/scan"

    async def without_font() -> None:
        raise NoJapaneseFont

    monkeypatch.setattr("agreements.ndas.api.check_marking", without_font)
    assert (await service.call("GET", path, by=world.email(KOMATSU))).content == pdf()
    assert (await service.call("GET", path, by=world.email(FUJISAWA))).status_code == 503
