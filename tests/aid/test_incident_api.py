"""Incidents, situation and chronology as a program meets them."""

from typing import Any

import httpx

from aid.chronology import api as chronology
from aid.incidents import api as incidents
from aid.situation import api as situation
from foundation.actor import Actor
from foundation.database import Database
from tests.aid.incident_factories import FUJISAWA, QUAKE, TOME, an_api, cast

DRAFT = {
    "name": "宮城県沖の地震",
    "kind": "earthquake",
    "occurred_at": QUAKE.isoformat(),
    "affected": [{"municipality": TOME, "severity": "6+"}],
}


def api_of(database: Database, actor: Actor) -> httpx.AsyncClient:
    return an_api(database, actor, incidents, situation, chronology)


def pointers(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 422
    return [each["pointer"] for each in answer.json()["errors"]]


async def opened(api: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    answer = await api.post("/incidents", json=DRAFT | changes)
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def test_an_incident_is_opened_seen_and_closed(database: Database) -> None:
    people = await database.write(cast)
    async with api_of(database, people.fujisawa) as api:
        incident = await opened(api)
        assert (incident["status"], incident["mode"], incident["version"]) == ("open", "drill", 1)
        shown = await api.get(f"/incidents/{incident['id']}")
        assert shown.json() == incident
        assert shown.headers["etag"] == '"1"'
        assert (await api.get("/incidents")).json() == {"items": [incident], "next": None}

        change = {"affected": [{"municipality": FUJISAWA, "severity": "4"}], "extend": True}
        path = f"/incidents/{incident['id']}/affected"
        assert (await api.put(path, json=change, headers={"If-Match": '"1"'})).status_code == 200
        assert (await api.put(path, json=change, headers={"If-Match": '"1"'})).status_code == 412

        closed = await api.post(f"/incidents/{incident['id']}/closure", json={"reason": "復旧"})
        assert closed.json()["status"] == "closed"
        again = await api.post(f"/incidents/{incident['id']}/closure", json={"reason": "復旧"})
        assert (again.status_code, again.json()["type"]) == (409, "urn:yuimaru:problem:incident-closed")


async def test_an_incident_sent_twice_under_one_key_is_opened_once(database: Database) -> None:
    people = await database.write(cast)
    async with api_of(database, people.tome) as api:
        answers = [await api.post("/incidents", json=DRAFT, headers={"Idempotency-Key": "k"}) for _ in range(2)]
        assert answers[0].json() == answers[1].json()
        assert len((await api.get("/incidents")).json()["items"]) == 1


async def test_wrong_input_names_the_field(database: Database) -> None:
    people = await database.write(cast)
    async with api_of(database, people.tome) as api:
        wrong = {"affected": [{"municipality": TOME, "severity": "8"}], "occurred_at": "昨日"}
        assert pointers(await api.post("/incidents", json=DRAFT | wrong)) == ["/occurred_at", "/affected/0/severity"]
        typo = {"affected": [{"municipality": "042128", "severity": "6+"}]}
        assert pointers(await api.post("/incidents", json=DRAFT | typo)) == ["/affected/0/municipality"]
        incident = (await opened(api))["id"]
        report = {"municipality": TOME, "can_help": False, "marks": {"hall": "gone", "tower": "ok"}}
        assert pointers(await api.post(f"/incidents/{incident}/situation", json=report)) == [
            "/marks/hall",
            "/marks/tower",
        ]
        blank = {"lane": "notes", "text": " \n\u3000"}
        assert pointers(await api.post(f"/incidents/{incident}/chronology", json=blank)) == ["/text"]
        assert pointers(await api.get(f"/incidents/{incident}/chronology?lane=gossip")) == ["/query/lane"]


async def test_only_a_coordinator_closes(database: Database) -> None:
    people = await database.write(cast)
    async with api_of(database, people.tome) as api:
        incident = (await opened(api))["id"]
        assert (await api.post(f"/incidents/{incident}/closure", json={"reason": "復旧"})).status_code == 403


async def test_what_is_reported_stands_in_the_list_and_in_the_chronology(database: Database) -> None:
    people = await database.write(cast)
    async with api_of(database, people.tome) as api:
        incident = (await opened(api))["id"]
        report = {"municipality": TOME, "can_help": False, "marks": {"hall": "down"}}
        reported = await api.post(f"/incidents/{incident}/situation", json=report)
        assert reported.status_code == 201
        assert reported.json()["marks"]["hall"]["label"] == "×"
        assert (await api.get(f"/incidents/{incident}/situation")).json()["items"] == [reported.json()]
        written = await api.post(
            f"/incidents/{incident}/chronology", json={"lane": "outside", "text": "衛星電話が開通"}
        )
        assert written.status_code == 201
        found = (await api.get(f"/incidents/{incident}/chronology", headers={"Accept-Language": "en"})).json()[
            "items"
        ]
        assert [each["text"] for each in found] == [
            "Incident “宮城県沖の地震” (earthquake) was opened. Municipalities affected: 1",
            "Situation of 登米市: can't help, hall: down",
            "衛星電話が開通",
        ]
        assert [each["automatic"] for each in found] == [True, True, False]


async def test_what_does_not_exist_is_not_found(database: Database) -> None:
    people = await database.write(cast)
    async with api_of(database, people.fujisawa) as api:
        for path in ("", "/situation", "/chronology"):
            assert (await api.get(f"/incidents/nothing{path}")).status_code == 404
        report = {"municipality": FUJISAWA, "can_help": True}
        assert (await api.post("/incidents/nothing/situation", json=report)).status_code == 404
        assert (await api.post("/incidents/nothing/closure", json={"reason": "x"})).status_code == 404
