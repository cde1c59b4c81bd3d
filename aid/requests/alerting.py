"""Telling partners of a request: wave by wave, until what is asked is offered or nobody is left."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from agreements import queries as agreements
from agreements.terms import Terms
from aid.digests import actions as digests
from aid.digests.actions import Part
from aid.models import AidRequest, Ask, RequestLine
from aid.ranking import traits
from aid.requests import asks as book
from aid.requests import matching, queries
from aid.requests.asks import UNSAID, Asking, Quantities, answer_time
from foundation import clock, timers
from inventory import catalogue
from notifications import actions as notifications
from notifications.alerts import Addressee, QuestionLine
from notifications.wording import OWN

NEXT_WAVE = "aid.next_wave"
REPLACE = "aid.replace_unreachable"
"""Some whom a request was sent to can't be reached: others are asked in their place, in a transaction of its own."""
QUESTION = "request"
"""The alert that asks partners for help; its topic is the request."""
QUESTIONS = (QUESTION, digests.DIGEST)
"""With the one that asks a partner about several requests."""


def send_wave(session: Session, request: AidRequest, lines: Sequence[RequestLine]) -> list[str]:
    """Ask the next wave of partners and set the timer for the one after it; return who was asked.

    Nobody, whatever the occasion, as long as the request is held: its sender may be forged.
    """
    if queries.is_held(request):
        return []
    return send_next(session, request, lines, matching.match(session, request, lines).next_wave)


def send_besides(session: Session, request: AidRequest, lines: Sequence[RequestLine]) -> list[str]:
    """Do the same where those asked before are told anew: for what is out with them nobody else is asked."""
    return send_next(session, request, lines, matching.match(session, request, lines).wave_besides)


def send_next(session: Session, request: AidRequest, lines: Sequence[RequestLine], asks: Asking) -> list[str]:
    """Ask what was chosen as the next wave and set the timer for the one after it; return who was asked."""
    _count_wave(request, is_any=bool(asks))
    ask_wave(session, request, lines, asks)
    return list(asks)


def next_wave(session: Session, request: AidRequest, lines: Sequence[RequestLine]) -> Asking:
    """Choose what to ask next of whom and count the wave; neither request nor lines need to be written yet."""
    asks = matching.match(session, request, lines).next_wave
    _count_wave(request, is_any=bool(asks))
    return asks


def ask_wave(
    session: Session,
    request: AidRequest,
    lines: Sequence[RequestLine],
    asks: Asking,
    requester: str | None = None,
) -> None:
    """Ask the members chosen and set the timer for the wave after this one; `requester` is its name where known."""
    if asks:
        book.remember(session, request, lines, asks)
        _ask(session, request, lines, list(asks), why=asks.why, requester=requester)
    wait_for_answers(session, request)


def wait_for_answers(session: Session, request: AidRequest) -> None:
    """Set the timer after which further partners are asked, by the answer time of the group's terms."""
    timers.reschedule(session, NEXT_WAVE, request.id, clock.now(session) + answer_time(request))


def correct(
    session: Session, request: AidRequest, lines: Sequence[RequestLine], members: Sequence[str], why: str
) -> None:
    """Ask some members anew: the request has changed, and why; the old words are not sent to them any more."""
    if not members:
        return
    _ask_anew(session, request, lines, members, {"why": why}, is_correction=True)
    book.ask_longer(session, request, members)
    digests.say_again(session, part_of(session, request, lines))
    session.execute(
        update(Ask)
        .where(Ask.request_id == request.id, Ask.member_id.in_(members), Ask.again_at.is_not(None))
        .values(again_at=clock.now(session) + answer_time(request), repeats=0)
    )


def remind(session: Session, request: AidRequest, lines: Sequence[RequestLine], members: Sequence[str]) -> None:
    """Ask again those that have only said that they received it."""
    if members:
        _ask_anew(session, request, lines, members, {"is_again": True}, is_repeat=True)
        book.ask_longer(session, request, members)


def ask_in_place(session: Session, request: AidRequest, lines: Sequence[RequestLine], asks: Asking) -> None:
    """Ask members in the place of others of this wave that can't be reached; its timer goes on as it was set."""
    if asks:
        request.tellings += 1
        book.remember(session, request, lines, asks)
        _ask(session, request, lines, list(asks), why=asks.why)


def ask_quantities(
    session: Session,
    request: AidRequest,
    lines: Sequence[RequestLine],
    asks: Quantities,
    why: Mapping[str, str] = UNSAID,
    *,
    requester: str | None = None,
    is_new_wave: bool = True,
) -> list[str]:
    """Ask given members for given quantities, which are held for the request meanwhile; return who was asked.

    Passed over are those who have been asked and not stood down, or have answered unasked, and quantities of 0.
    Whoever is asked for the same is told in one message, with those quantities in the question; `why` it is asked
    each is told alone. The timer of the next wave is set anew. Nobody is asked as long as the request is held. Not
    `is_new_wave`: they belong to the wave that was counted for others. `requester` is its name where known.
    """
    if queries.is_held(request):
        return []
    before = matching.known_of(session, [request.id])[request.id].keys()
    waves = _alike({member: asks[member] for member in sorted(set(asks) - before)})
    request.wave += is_new_wave and bool(waves)
    for wanted, members in waves:
        request.tellings += 1
        book.remember(session, request, lines, dict.fromkeys(members, wanted), are_named=True)
        _ask(session, request, lines, members, why=why, quantities=wanted, requester=requester)
    wait_for_answers(session, request)
    return [member for _, members in waves for member in members]


def remember_asked(
    session: Session,
    request: AidRequest,
    lines: Sequence[RequestLine],
    asks: Quantities,
    *,
    is_new_wave: bool = True,
) -> None:
    """Hold what a wave asks for; those asked are told by the caller, in words about more than this request.

    Not `is_new_wave`: they belong to the wave that was counted for others.
    """
    if asks:
        request.wave += is_new_wave
        request.tellings += 1
        book.remember(session, request, lines, asks, are_named=True)
        wait_for_answers(session, request)


def part_of(
    session: Session,
    request: AidRequest,
    lines: Sequence[RequestLine],
    quantities: Mapping[str, int] | None = None,
    why: str | None = None,
    requester: str | None = None,
) -> Part:
    """Return what a message about several requests says of this one; `why` its partner is asked.

    `requester` is its name where the caller knows it.
    """
    asked = [line for line in lines if quantities is None or line.id in quantities]
    return Part(
        request.id,
        request.priority,
        facts_of(session, request, asked, quantities, requester) | ({OWN: why} if why else {}),
        [question_line(line, _asked_on(line, quantities)) for line in asked],
    )


def is_short(session: Session, request: AidRequest, lines: Sequence[RequestLine]) -> bool:
    """Tell whether any line asks for more than is committed to it and waits to be accepted."""
    return lacks(lines, book.offered_by_line(session, request.id))


def lacks(lines: Sequence[RequestLine], offered: Mapping[str, int]) -> bool:
    """Tell the same where it is known what is firmly offered on each line."""
    return any(line.committed + offered.get(line.id, 0) < line.quantity for line in lines)


def facts_of(
    session: Session,
    request: AidRequest,
    lines: Sequence[RequestLine],
    quantities: Mapping[str, int] | None = None,
    requester: str | None = None,
) -> dict[str, Any]:
    """Return what an alert says of a request: nothing under NDA, no personal number.

    Without `quantities` all that is lacking on each line. `requester` is its name where the caller knows it.
    """
    if requester is None:
        _, requester = agreements.name_of_members(session, [request.requester_id])[request.requester_id]
    least_fit = Terms.from_json(request.terms).ranking.least_fit
    return {
        "number": request.number,
        "incident": queries.incident_of(session, request).name,
        "requester": requester,
        "priority": request.priority,
        "needed_by": request.needed_by.isoformat() if request.needed_by else None,
        "place": request.place,
        "reason": request.reason,
        "is_unconfirmed": request.status == "unverified",
        "lines": [
            {
                "kind": line.kind,
                "quantity": _asked_on(line, quantities),
                "spec": line.spec,
                "task": line.task,
                "or": traits.kinds_instead(line.kind, least_fit),
            }
            for line in lines
        ],
    }


def tell(
    session: Session,
    request: AidRequest,
    kind: str,
    members: Sequence[str],
    facts: dict[str, Any],
    *,
    topic: str | None = None,
    wave: int = 1,
    is_correction: bool = False,
    reached: Mapping[str, Sequence[Addressee]] | None = None,
) -> None:
    """Send a notice that wants no answer to all contacts of some members; a correction before what still asks.

    `reached` are those contacts, where the caller knows them.
    """
    if reached is None:
        reached = agreements.addressees(session, request.group_id, members, request.incident_id)
    notifications.raise_alert(
        session,
        kind=kind,
        topic=topic or request.id,
        facts=facts,
        wave=wave,
        priority=request.priority,
        is_correction=is_correction,
        addressees=[each for member in members for each in reached.get(member, [])],
    )


def _count_wave(request: AidRequest, *, is_any: bool = True) -> None:
    """Count a wave, and that it is told something: people see the waves, messages are known apart by the tellings."""
    request.wave += is_any
    request.tellings += is_any


def _alike(asks: Quantities) -> list[tuple[Mapping[str, int], list[str]]]:
    """Return who is asked for the same, with that; who is asked for nothing is left out."""
    found: dict[tuple[tuple[str, int], ...], list[str]] = {}
    for member, quantities in asks.items():
        wanted = tuple(sorted((line, units) for line, units in quantities.items() if units > 0))
        if wanted:
            found.setdefault(wanted, []).append(member)
    return [(dict(wanted), members) for wanted, members in found.items()]


def _ask_anew(
    session: Session,
    request: AidRequest,
    lines: Sequence[RequestLine],
    members: Sequence[str],
    said: Mapping[str, Any],
    *,
    is_repeat: bool = False,
    is_correction: bool = False,
) -> None:
    """Ask members once more: for the quantities that were named to them, or for all that is lacking.

    Nothing is said to whoever was asked for lines alone that need nothing more.
    """
    lacking = {line.id: line.quantity - line.committed for line in lines}
    named = {
        member: {line: min(units, lacking[line]) for line, units in quantities.items()}
        for member, quantities in book.named_in(session, request.id, *members).items()
    }
    others = [member for member in members if member not in named]
    asks: list[tuple[Mapping[str, int] | None, list[str]]] = [*_alike(named), *([(None, others)] if others else [])]
    for quantities, alike in asks:
        request.tellings += 1
        _ask(
            session,
            request,
            lines,
            alike,
            said,
            quantities=quantities,
            is_repeat=is_repeat,
            is_correction=is_correction,
        )


def _ask(
    session: Session,
    request: AidRequest,
    lines: Sequence[RequestLine],
    members: Sequence[str],
    said: Mapping[str, Any] | None = None,
    *,
    why: Mapping[str, str] = UNSAID,
    quantities: Mapping[str, int] | None = None,
    requester: str | None = None,
    is_repeat: bool = False,
    is_correction: bool = False,
) -> None:
    reached = agreements.addressees(session, request.group_id, members, request.incident_id)
    lines = [line for line in lines if quantities is None or line.id in quantities]
    if len(reached) < len(members):
        timers.reschedule(session, REPLACE, request.id, clock.now(session))
    notifications.raise_alert(
        session,
        kind=QUESTION,
        topic=request.id,
        facts=facts_of(session, request, lines, quantities, requester) | _own(members, why) | dict(said or {}),
        addressees=[each for member in members for each in reached.get(member, [])],
        question=[question_line(line, _asked_on(line, quantities)) for line in lines],
        wave=request.tellings,
        priority=request.priority,
        is_repeat=is_repeat,
        is_correction=is_correction,
    )


def _own(members: Sequence[str], why: Mapping[str, str]) -> dict[str, Any]:
    told = {member: why[member] for member in members if member in why}
    return {OWN: told} if told else {}


def question_line(line: RequestLine, quantity: int) -> QuestionLine:
    """Return what is asked of a line."""
    kind = catalogue.KINDS[line.kind]
    return QuestionLine(line.id, kind.name_ja, kind.name_en, kind.unit, max(quantity, 0))


def _asked_on(line: RequestLine, quantities: Mapping[str, int] | None) -> int:
    return quantities[line.id] if quantities else line.quantity - line.committed
