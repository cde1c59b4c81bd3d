"""One answer about several requests: each is judged for itself, and what they share is read once."""

from collections import Counter
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from agreements.terms import Terms
from aid.digests.actions import DIGEST
from aid.digests.models import AskDigest, DigestedRequest
from aid.models import Ask, Hold, Offer
from aid.offers import listening
from aid.offers.answering import EXPIRY
from foundation.timers import Timer
from inventory.models import Capability
from notifications import actions as notifications
from notifications.events import AnswerReceived, AnswerVerdict
from notifications.models import Alert, Recipient
from notifications.replies import Choice
from tests.api_client import Service
from tests.journeys.asking import ask, post
from tests.journeys.test_planning import digested, left_without, offered, says, sms_to, tick
from tests.world import KOMATSU, TAMA, World

ONE_BY_ONE = {"SELECT capabilities", "SELECT plannings"}
"""One yes leaves less stock for the next; where others are to be asked, each request looks at its planning."""


def answer(session: Session, member: str, municipality: str) -> tuple[AnswerVerdict, Counter[str]]:
    """Let a member say yes to all that it is asked; return what is said to it, and the statements that took."""
    digest = session.scalars(select(AskDigest.id).where(AskDigest.member_id == member)).one()
    _, lines = notifications.said(session, kind=DIGEST, topic=digest)
    nothing_said = (None,) * len(lines)
    received = AnswerReceived(
        kind=DIGEST,
        topic=digest,
        member=member,
        municipality=municipality,
        person=None,
        via="link",
        choice=Choice.ACCEPT,
        quantities=nothing_said,
        more=nothing_said,
        reason=None,
        references=tuple(line.reference for line in lines),
        delivery="",
    )
    seen: list[str] = []

    def note(*arguments: Any) -> None:
        seen.append(arguments[2])

    event.listen(session.connection(), "before_cursor_execute", note)
    verdict = listening.answer_received(session, received)
    return verdict, Counter(seen)


async def test_what_is_read_and_followed_up_for_an_answer_is_so_once_for_all_requests(service: Service) -> None:
    world, requests = await digested(service)
    verdict, done = await service.database.write(answer, world.members[TAMA], TAMA)
    assert verdict.ja.startswith(f"{len(requests)}件の要請への回答を受け付けました")
    again = {each.split(".")[0] for each, times in done.items() if each.startswith("SELECT") and times > 1}
    assert again <= ONE_BY_ONE
    assert sum("FROM request_lines" in each for each in done) == 1
    written = Counter(" ".join(each.split()[:3]) for each in done.elements() if not each.startswith("SELECT"))
    assert {each for each, times in written.items() if times > 1 and not each.startswith("INSERT")} == {
        "UPDATE capabilities SET"
    }
    assert [written[f"INSERT INTO {table}"] for table in ("chronology", "incident_events")] == [1, 1]


async def test_one_refused_answer_leaves_the_others_and_changes_nothing_of_its_own(service: Service) -> None:
    world, requests = await digested(service)
    number = (await sms_to(service, world, KOMATSU))[0].partition("返信")[2][:4]
    await says(service, world, KOMATSU, number, "1 8 99 3")
    answers = [(await offered(service, world, each)).get(KOMATSU) for each in requests]
    assert answers == [("offered", [8]), None, ("offered", [3])]
    reply = (await sms_to(service, world, KOMATSU))[0]
    assert reply.count("要請への回答を受け付けました") == 1
    assert f"要請{requests[1]['number']}" in reply
    first, refused, third = (each["id"] for each in requests)
    left = await service.database.read(left_open, world, KOMATSU)
    assert left == {"unanswered": {refused}, "held": {refused}, "asking": {refused}}
    assert await service.database.read(is_asked_still, world, KOMATSU)
    assert await service.database.read(promised, world, KOMATSU) == ({first, third}, {"pc": 8, "switch": 3})


async def test_a_line_without_a_number_means_what_was_named_and_no_other_line(service: Service) -> None:
    world = await service.build(terms=Terms(planning_from=1), stock={"pc": 10, "printer": 4})
    await service.database.write(left_without, world, KOMATSU, "printer")
    request = await ask(service, world, ("pc", 30), ("printer", 12))
    await tick(service)
    pcs, printers = (each["id"] for each in request["lines"])
    lines = [{"line": pcs, "quantity": 5}, {"line": printers}]
    for code in (KOMATSU, TAMA):
        draft = {"municipality": code, "decision": "accept", "lines": lines}
        await post(service, f"/api/requests/{request['id']}/offers", by=world.email(code), expect=201, **draft)
    answers = await offered(service, world, request)
    assert (answers[KOMATSU], answers[TAMA]) == (("offered", [5]), ("offered", [5, 4]))


def left_open(session: Session, world: World, code: str) -> dict[str, set[str]]:
    """Return the requests of which a member is still waited for, by all that says so."""
    member = world.members[code]
    asked = DigestedRequest.member_id == member, DigestedRequest.settled_at.is_(None)
    return {
        "unanswered": set(
            session.scalars(select(Ask.request_id).where(Ask.member_id == member, Ask.answer_minutes.is_(None)))
        ),
        "held": set(session.scalars(select(Hold.request_id).where(Hold.member_id == member))),
        "asking": set(session.scalars(select(DigestedRequest.request_id).where(*asked))),
    }


def is_asked_still(session: Session, world: World, code: str) -> bool:
    """Tell whether a member's other people are still asked by its message about several requests."""
    whose = Recipient.member == world.members[code], Alert.kind == DIGEST
    return session.scalars(select(Recipient.state).join(Alert).where(*whose)).one() == "waiting"


def promised(session: Session, world: World, code: str) -> tuple[set[str], dict[str, int]]:
    """Return the requests whose offers of a member run out some day, and what it holds for them, by kind."""
    member = world.members[code]
    running = select(Timer.subject).where(Timer.kind == EXPIRY, Timer.state == "due")
    held = session.execute(select(Capability.kind, Capability.held).where(Capability.member_id == member))
    return (
        set(session.scalars(select(Offer.request_id).where(Offer.member_id == member, Offer.id.in_(running)))),
        {kind: units for kind, units in held if units},
    )
