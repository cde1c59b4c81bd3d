"""What an amendment must leave of the holds of those who are asked, counted anew beside the code that wrote them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from aid.escalation import queries as escalation
from aid.models import AidRequest, Ask, Hold, RequestLine
from aid.requests import queries
from aid.waves.holding import LIFE, MINOR
from foundation import clock
from inventory.models import Capability
from notifications import actions as notifications
from notifications.models import Alert, Delivery


@dataclass(frozen=True)
class Asked:
    """What a request asks: its version, and by member and line what it holds and what it has named."""

    version: int
    held: Mapping[str, Mapping[str, int]]
    named: Mapping[str, Mapping[str, int]]


def asked_by(session: Session, request: str) -> Asked:
    holds = list(session.scalars(select(Hold).where(Hold.request_id == request)))
    held: dict[str, dict[str, int]] = {}
    for each in holds:
        held.setdefault(each.member_id, {})[each.line_id] = each.quantity
    asks = select(Ask).where(Ask.request_id == request)
    named = {each.member_id: dict(each.named) for each in session.scalars(asks) if each.named}
    return Asked(session.get_one(AidRequest, request, populate_existing=True).version, held, named)


def check_amended(session: Session, request: str, before: Asked) -> None:
    """Of all who have not answered is held what the corrected question asks of them, and each was told just that."""
    now, lines = asked_by(session, request), queries.lines_of(session, request)
    if now.version == before.version:
        return  # it was refused
    lacking = {line.id: line.quantity - line.committed for line in lines}
    both = before.held.keys() & now.held.keys()
    assert before.named.keys() & both == now.named.keys() & both
    for member in before.named.keys() & before.held.keys():
        least = {line: min(units, lacking[line]) for line, units in before.held[member].items()}
        wanted = {line: units for line, units in least.items() if units}
        assert now.held.get(member, {}) == wanted
        if wanted:
            assert said_to(session, request, member) == wanted
        else:
            assert session.get_one(Ask, (request, member), populate_existing=True).stood_down_at is not None
    for member in open_asks_of(session, request):
        if member in before.named and member not in before.held:
            assert member not in now.held, "it was lost"
            assert said_to(session, request, member) == {
                line: min(units, lacking[line]) for line, units in before.named[member].items() if lacking[line]
            }
        elif (member in before.held or member not in now.held) and member not in before.named.keys() | now.named:
            check_all_asked(session, request, member, before, now)
            assert said_to(session, request, member) == lacking


def check_all_asked(session: Session, request: str, member: str, before: Asked, now: Asked) -> None:
    """All that is lacking is asked for, as far as it is free, or was asked for before, or nobody else is left."""
    if session.get_one(Ask, (request, member)).unreachable_at is not None:
        assert member not in now.held
        return
    lines, priority = queries.lines_of(session, request), session.get_one(AidRequest, request).priority
    for kind in {line.kind for line in lines}:
        of_kind = [line for line in lines if line.kind == kind]
        left = free(session, member, kind)
        others = [each for each in held(session, member, kind) if each.request_id != request]
        taken = sum(each.quantity for each in others if priority != LIFE or each.priority < MINOR)
        old = sum(before.held.get(member, {}).get(line.id, 0) for line in of_kind)
        room = max(left - taken, min(old, left), 0)
        found = [now.held.get(member, {}).get(line.id, 0) for line in of_kind]
        assert found == filled(of_kind, room) or (room == 0 and found == filled(of_kind, left))


def filled(lines: Sequence[RequestLine], room: int) -> list[int]:
    """Share what there is among lines, the first first."""
    found = []
    for line in lines:
        found.append(min(line.quantity - line.committed, room))
        room -= found[-1]
    return found


def said_to(session: Session, request: str, member: str) -> dict[str, int]:
    """Return what a member was last asked for, by line."""
    told = select(func.max(Delivery.wave)).join(Alert, Alert.id == Delivery.alert_id)
    wave = session.scalar(told.where(Alert.kind == "request", Alert.topic == request, Delivery.member == member))
    assert wave is not None
    _, lines = notifications.said(session, kind="request", topic=request, wave=wave)
    return {line.reference: line.quantity for line in lines}


def free(session: Session, member: str, kind: str) -> int:
    left = Capability.quantity - Capability.held - Capability.committed
    return session.scalar(select(func.sum(left)).where(Capability.member_id == member, Capability.kind == kind)) or 0


def held(session: Session, member: str, kind: str) -> list[Hold]:
    of = (Hold.member_id == member, Hold.kind == kind, Hold.until_at > clock.now(session))
    return list(session.scalars(select(Hold).where(*of)))


def open_asks_of(session: Session, request: str) -> list[str]:
    found = session.get_one(AidRequest, request)
    return [each.member_id for each in escalation.open_asks(session, found)]
