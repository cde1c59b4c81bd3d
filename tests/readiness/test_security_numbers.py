"""What the self-check finds in the record: readings by what allowed them, and guest IDs that are still in use."""

from tests.aid import emergencies
from tests.api_client import Service
from tests.inventory.recording import bound_reader, read
from tests.journeys import test_guest_ids as guest_ids
from tests.journeys.asking import get, post
from tests.world import KOMATSU, TAMA, TOME, World

Numbers = dict[str, dict[str, int]]


async def sheet(service: Service, world: World, code: str) -> tuple[str, Numbers]:
    """Begin a sheet of a member, and return its path and its numbers by question."""
    path, by = f"/api/security/{code}/self-checks", world.email(code)
    made = await post(service, path, by=by, expect=201, fiscal_year=2026, kind="ad_hoc", title="試験")
    return f"{path}/{made['id']}", {each["question"]: each["numbers"] for each in made["answers"]}


async def test_emergency_readings_are_no_readings_under_an_nda(service: Service) -> None:
    at = await emergencies.stage(service)
    access = await at.opened()
    for path in ("", f"/{at.record}"):
        assert await at.status(access, path=path) == 200
    reader = await bound_reader(service, at.world, TAMA)
    assert (await read(service, at.world, reader, code=TOME)).status_code == 200
    _, helper = await sheet(service, at.world, KOMATSU)
    assert helper["readers"] == {
        **dict.fromkeys(("readings", "planning", "drill", "incident", "readers", "without_nda"), 0),
        "emergency": 2,
    }
    _, bound = await sheet(service, at.world, TAMA)
    assert (bound["readers"]["readings"], bound["readers"]["planning"], bound["readers"]["emergency"]) == (1, 1, 0)
    path, owner = await sheet(service, at.world, TOME)
    assert owner["looked_at"] == {"readings": 3, "under_nda": 1, "emergency": 2, "readers": 2, "members": 2}
    (found,) = [
        each["found"]
        for each in (await get(service, path, by=at.owner))["answers"]
        if each["question"] == "looked_at"
    ]
    assert "緊急閲覧2回" in found


async def test_the_secrets_of_a_retired_pool_wait_for_nobody(service: Service) -> None:
    at = await guest_ids.stage(service)
    await at.reserve(0)
    await at.act(0, "issue", **guest_ids.PAPER)
    await at.act(0, "revocation", reason="帰任")
    _, before = await sheet(service, at.world, TOME)
    assert before["guests"] == {"prepared": 2, "in_use": 0, "not_revoked": 0, "awaiting_rotation": 1}
    await post(service, f"/api/guest-pools/{at.pool}/retirement", by=at.owner)
    _, after = await sheet(service, at.world, TOME)
    assert after["guests"] == dict.fromkeys(before["guests"], 0)
