from collections import Counter

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agreements import directory
from agreements.groups.schemas import TermsBody
from agreements.models import Member
from aid.models import AidRequest, Commitment, RequestLine
from aid.simulation.candidates import BEGAN
from aid.simulation.world import Answer, SimLine, SimMember, SimRequest, World
from foundation.clock import ManualClock
from inventory.models import Capability
from service.errors import RefusedError
from service.record import reports
from service.simulation import furnishing, instance, run
from service.simulation.playing import Play, Played
from tests.world import FUJISAWA, KAGOSHIMA, KOMATSU, TAMA, TOME, TOYOOKA

NARROW = TermsBody(wave_cover=1.0, wave_minimum=1)


def member(code: str, severity: str | None = None) -> SimMember:
    place = directory.find(code)
    assert place is not None
    return SimMember(code, place.latitude, place.longitude, severity, 10, 10)


def small(**answers: Answer) -> World:
    """One that is hit asks for printers twice; of five partners, each answers as said (default: never)."""
    partners = (FUJISAWA, TOYOOKA, KAGOSHIMA, KOMATSU, TAMA)
    lines = [SimLine(f"{code}|printer", code, "printer", 6, 12, 4) for code in partners]
    requests = [
        SimRequest("first", 5.0, TOME, "printer", 8, 1, 72 * 60),
        SimRequest("second", 600.5, TOME, "printer", 3, 3, 72 * 60),
    ]
    silent = Answer(1.0, is_willing=False, speaks=False)
    said = {
        (request.key, line.key): answers.get(f"{request.key}_{line.member}", silent)
        for request in requests
        for line in lines
    }
    return World("small", [member(TOME, "6+"), *map(member, partners)], lines, requests, 7, said)


YES = Answer(12.0, is_willing=True, speaks=True)
NO = Answer(3.0, is_willing=False, speaks=True)


async def played(world: World, url: str, terms: TermsBody = NARROW) -> Played:
    return await run(world, terms=terms, url=url)


def entries(day: Played, what: str) -> list[dict[str, object]]:
    return [each for each in day.ledger.log if each["what"] == what]


async def test_partners_give_what_they_really_have_and_the_next_wave_asks_for_the_rest(database_url: str) -> None:
    world = small(**{f"first_{code}": YES for code in (FUJISAWA, TOYOOKA, KAGOSHIMA, KOMATSU, TAMA)})
    day = await played(world, database_url)
    got = [each for each in day.ledger.given if each.request == "first"]
    assert [each.units for each in got] == [4, 4]
    assert day.ledger.missing["first"] == 0
    assert day.ledger.promised_twice == 0
    asked = [each for each in entries(day, "ask") if each["request"] == "first"]
    assert {each["at"] for each in asked} == {5.0}
    # 0.25 minutes to look at it, 4 to work on it, 12 until it is answered
    assert {round(each.at, 2) for each in got} == {21.25}


async def test_who_declines_is_replaced_at_once_and_who_is_silent_after_the_answer_time(database_url: str) -> None:
    world = small(**{f"first_{code}": NO for code in (FUJISAWA, TAMA, KOMATSU)})
    day = await played(world, database_url)
    asked = [each for each in entries(day, "ask") if each["request"] == "first"]
    assert len(asked) == 5
    moments = sorted({float(str(each["at"])) for each in asked})
    assert moments[0] == 5.0
    assert all(moment > 5.0 for moment in moments[1:])
    assert day.ledger.missing["first"] == 8
    assert day.told["request.telephone_list"] > 0


async def test_the_same_day_has_the_same_log() -> None:
    world = small(**{f"first_{code}": YES for code in (FUJISAWA, TAMA)}, **{f"second_{TOYOOKA}": YES})
    logs = [(await run(world, terms=NARROW)).ledger.log for _ in range(2)]
    assert logs[0] == logs[1]
    assert len(logs[0]) > 5


async def test_the_ledger_is_what_the_database_holds_and_the_record_is_whole(database_url: str) -> None:
    yes = {f"{request}_{code}": YES for request in ("first", "second") for code in (FUJISAWA, TOYOOKA, TAMA)}
    world = small(**yes)
    clock = ManualClock(BEGAN)
    async with instance.opened(clock, database_url) as opened:
        scene = await opened.database.write(furnishing.furnish, world, TermsBody())
        day = await Play(world, opened, scene, clock).run()
        committed, promised = await opened.database.read(_sums)
        report = await opened.database.read(reports.verify)
    given: Counter[str] = Counter()
    for each in day.ledger.given:
        given[each.line] += each.units
    assert sum(given.values()) == 11
    assert committed == {f"{TOME}|printer": 11}
    assert promised == given
    assert day.ledger.promised_twice == 0
    assert all(units <= world.line_of[line].available for line, units in given.items())
    assert reports.is_whole(report)


def _sums(session: Session) -> tuple[dict[str, int], dict[str, int]]:
    """What is committed, by requester and kind, and by who gives what."""
    asked = session.execute(
        select(Member.municipality, RequestLine.kind, func.sum(Commitment.quantity))
        .join(AidRequest, AidRequest.requester_id == Member.id)
        .join(RequestLine, RequestLine.request_id == AidRequest.id)
        .join(Commitment, Commitment.line_id == RequestLine.id)
        .group_by(Member.municipality, RequestLine.kind)
    )
    given = session.execute(
        select(Member.municipality, Capability.kind, Capability.committed)
        .join(Member, Member.id == Capability.member_id)
        .where(Capability.committed > 0)
    )
    committed, promised = ({f"{code}|{kind}": units for code, kind, units in rows} for rows in (asked, given))
    return committed, promised


async def test_a_world_that_is_not_on_the_map_is_refused() -> None:
    world = World("elsewhere", [SimMember("A", 35.0, 135.0, None, 1, 1)], [], [], 1)
    with pytest.raises(RefusedError, match="A"):
        await run(world)
