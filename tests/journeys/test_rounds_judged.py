"""Who may no longer be asked when a round acts is not asked: by the same rules as in the ranking, read anew."""

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, event, update
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from agreements.models import Channel, GroupMember, Member
from agreements.nda_models import Nda, NdaVersion
from agreements.terms import Terms
from agreements.weights import Weights
from aid.models import AidRequest, Incident, Planning
from aid.plans import sections
from aid.plans.rounds import _Judge as Judge
from aid.plans.state import Made
from foundation import clock
from foundation.ids import new_id
from tests.aid.plans.books import acted
from tests.api_client import Service
from tests.inventory.recording import keep
from tests.journeys.asking import ask
from tests.journeys.test_late_rounds import dropped, thought_out
from tests.journeys.test_matching import DRAFT
from tests.journeys.test_planned_partners import sent_to, why_of
from tests.journeys.test_planning import asked
from tests.world import CODES, FUJISAWA, KAGOSHIMA, KOMATSU, TAMA, TOME, TOYOOKA, World

NISEKO = "013951"
MOST_READ = 16
"""Statements by which an act looks again at whom it may ask, however many it asks."""


def come_apart(session: Session, world: World) -> None:
    """Let each partner but one become somebody who is not to be asked, each for a reason of its own."""
    gone = update(Channel).where(Channel.member_id == world.members[KOMATSU])
    session.execute(gone.values(dead_at=clock.now(session) - timedelta(days=31), dead_reason="5.1.1"))
    session.execute(update(Member).where(Member.id == world.members[TAMA]).values(kind="associate"))
    session.execute(delete(Nda).where(Nda.member_id == world.members[KAGOSHIMA]))
    unsigned = update(GroupMember).where(GroupMember.member_id == world.members[FUJISAWA])
    session.execute(unsigned.values(status="invited"))


async def test_who_would_be_left_out_by_now_is_not_asked(service: Service) -> None:
    """Also who was shaken and lies beside a city that is now known to be hit."""
    terms = Terms(planning_from=1, ranking=Weights(nda_required=True))
    world = await service.build(terms=terms, stock={"staff_certificates": 2}, codes=(*CODES, NISEKO))
    await service.database.write(prepare, world)
    request = await ask(service, world, ("staff_certificates", 30))
    planning, made = await thought_out(service)
    assert {each.store[:6] for each in made.asks} == {*CODES, NISEKO} - {TOME}
    affected = [{"municipality": TOYOOKA, "severity": "5-"}, {"municipality": "442011", "severity": "6+"}]
    body = {"affected": affected, "extend": True}
    path = f"/api/incidents/{world.incident}/affected"
    assert (await service.call("PUT", path, by=world.email(FUJISAWA), json=body)).status_code == 200
    await service.database.write(come_apart, world)
    await service.database.write(acted, planning, made)
    assert await asked(service, request) == {world.members[NISEKO]}
    whys = {
        KOMATSU: "silent",
        TAMA: "associate",
        KAGOSHIMA: "nda_required",
        FUJISAWA: "not_bound",
        TOYOOKA: "too_near",
    }
    assert await dropped(service) == {world.members[code]: why for code, why in whys.items()}


async def test_who_is_exposed_by_a_supplier_that_is_known_only_now_is_not_asked(service: Service) -> None:
    world = await cyber(service)
    await keep(service, world, code=KOMATSU, **DRAFT)
    request = await ask(service, world, ("pc", 90))
    planning, made = await thought_out(service)
    assert {KOMATSU, TOYOOKA} <= {each.store[:6] for each in made.asks}
    await keep(service, world, code=TOME, **DRAFT)
    await service.database.write(acted, planning, made)
    assert await dropped(service) == {world.members[KOMATSU]: "shared_supplier"}
    told = await asked(service, request)
    assert world.members[TOYOOKA] in told
    assert world.members[KOMATSU] not in told


async def cyber(service: Service) -> World:
    world = await service.build(terms=Terms(planning_from=1), stock={"pc": 10}, hit={TOME: "heavy"})
    attack = update(Incident).where(Incident.id == world.incident).values(kind="cyber")
    await service.database.write(lambda session: session.connection().execute(attack).rowcount)
    return world


def prepare(session: Session, world: World) -> None:
    """Let every member be under an NDA."""
    today, now = clock.today(session), clock.now(session)
    text = NdaVersion(id=new_id(), group_id=world.group, number=1, text="誓約", adopted_on=today, created_at=now)
    session.add(text)
    session.flush()
    for code in world.members:
        made = Nda(
            id=new_id(),
            group_id=world.group,
            version_id=text.id,
            person_id=world.people[code, "ict"],
            member_id=world.members[code],
            way="in_product",
            signed_on=today,
            starts_on=today,
            ends_on=today,
            recorded_at=now,
        )
        session.add(made)


async def test_looking_again_takes_as_many_statements_for_nine_requests_as_for_three(service: Service) -> None:
    world = await service.build(terms=Terms(planning_from=1), stock={"pc": 10, "staff_certificates": 3})
    counts = []
    for times in (3, 6):
        for _ in range(times):
            lines = [{"kind": "pc", "quantity": 2}, {"kind": "staff_certificates", "quantity": 1}]
            await ask(service, world, lines=lines)
        planning, made = await thought_out(service)
        assert len({each.line.request for each in made.asks}) >= times
        counts.append(await service.database.read(judging, planning, made))
    assert counts[0] == counts[1] <= MOST_READ


async def test_reasons_are_of_what_is_asked_and_no_more(service: Service) -> None:
    """Another request asks for all printers between the look and the act: then nothing is said of printers."""
    world = await service.build(terms=Terms(planning_from=1), stock={"pc": 20, "printer": 4})
    await ask(service, world, ("pc", 12))
    await service.database.write(acted, *await thought_out(service))
    request = await ask(service, world, ("pc", 20), ("printer", 20))
    planning, made = await thought_out(service)
    wanted = {(each.line.kind, each.store[:6]): each.quantity for each in made.asks}
    assert wanted["pc", KOMATSU] < 20, "less than it has, for the first request asks for the rest"
    assert ("printer", KOMATSU) in wanted
    await ask(service, world, ("printer", 90), priority=1)
    await service.database.write(acted, planning, made)
    mails = [each for each in await sent_to(service, world, KOMATSU) if request["number"] in each]
    assert mails
    for mail in mails:
        (why,) = why_of(mail)
        assert "登録の残り20台" in why
        assert "すべて可" not in why
        assert "プリンタ" not in why


def judging(session: Session, planning: str, made: Made) -> int:
    """Return how many statements it takes to make up one's mind about all asks of a plan."""
    found = session.get_one(Planning, planning)
    [section] = sections.cut(made)
    locked = {each: session.get_one(AidRequest, each) for each in sorted(section.requests)}
    seen: list[str] = []

    def note(*arguments: Any) -> None:
        seen.append(arguments[2])

    event.listen(Engine, "before_cursor_execute", note)
    try:
        judge = Judge(session, found, section, locked)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert all(judge.units(each)[0] for each in section.asks)
    return len(seen)
