"""The requester's yes to all or part of an offer; each accepted quantity is a commitment of its own."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from aid.lifecycle import OfferAct, OfferStatus, RequestStatus, offer_after
from aid.lifecycle import TransitionError as NotAllowed
from aid.models import AidRequest, Commitment, Offer, OfferLine, RequestLine
from aid.offers import answering, errors, queries, record, releasing, substituting
from aid.offers.schemas import Acceptance, OfferView
from aid.requests import alerting, asks
from aid.requests import queries as requests
from aid.requests.actions import settle_status
from aid.requests.errors import RequestEnded
from aid.requests.lines import unknown_or_repeated
from foundation import clock, timers
from foundation.actor import Actor
from foundation.calls import check_version
from foundation.ids import new_id
from foundation.problems import FieldError, Invalid
from inventory import stock


def accept(
    session: Session, actor: Actor, offer: str, acceptance: Acceptance, if_match: int | None = None
) -> OfferView:
    """Accept all or part of an offer: commit it, release the rest, and tell everybody concerned."""
    seen = queries.offer_named(session, actor, offer)
    request = requests.request_locked(session, seen.request_id)
    session.refresh(seen)
    check_version(seen.version, if_match)
    if not requests.may_speak_for(actor, request):
        raise errors.NotYourRequest
    if request.status in {"closed", "cancelled"}:
        raise RequestEnded
    was_provisional = seen.status == OfferStatus.PROVISIONAL
    seen.status = _after(seen, OfferAct.ACCEPT)
    rows = requests.lines_of(session, request.id)
    lines = queries.lines_of(session, seen.id)
    taken = _taken(rows, lines, acceptance)
    kinds = {row.id: row.kind for row in rows}
    for line in sorted(lines, key=lambda each: kinds[each.line_id]):
        _settle(session, actor, request, seen, line, rows, taken.get(line.line_id, 0), is_held=not was_provisional)
    seen.version += 1
    timers.cancel(session, answering.EXPIRY, seen.id)
    if was_provisional:
        asks.note_answer(session, request.id, seen.member_id, is_yes=True)
    settle_status(request, rows)
    request.version += 1
    session.flush()
    _tell(session, actor, request, seen, rows, taken)
    return queries.view(session, seen)


def _after(offer: Offer, act: OfferAct) -> str:
    try:
        return offer_after(OfferStatus(offer.status), act).value
    except NotAllowed:
        status = OfferStatus(offer.status)
        raise errors.OfferSettled(status_ja=status.label, status_en=status.value) from None


def _taken(rows: Sequence[RequestLine], lines: Sequence[OfferLine], acceptance: Acceptance) -> dict[str, int]:
    """Return how much of each line is accepted: what was said (or all), capped at what is still needed."""
    offered = {line.line_id: line.quantity for line in lines}
    repeated = unknown_or_repeated([each.line for each in acceptance.lines], {row.id for row in rows})
    if repeated:
        raise Invalid(*repeated)
    wanted = {each.line: each.quantity for each in acceptance.lines} or offered
    wrong = [
        _beyond(number, each.line, offered)
        for number, each in enumerate(acceptance.lines)
        if each.quantity > offered.get(each.line, 0)
    ]
    if wrong:
        raise Invalid(*wrong)
    taken = {row.id: min(wanted.get(row.id, 0), row.quantity - row.committed) for row in rows}
    if not any(taken.values()):
        raise errors.NothingNeeded
    return taken


def _beyond(number: int, line: str, offered: dict[str, int]) -> FieldError:
    at = f"/lines/{number}"
    if line not in offered:
        return FieldError(
            f"{at}/line", "not-offered", "この明細への申出はありません。", "Nothing is offered on this line."
        )
    most = offered[line]
    return FieldError(
        f"{at}/quantity",
        "beyond-offer",
        f"申出の数 ({most}) 以内で入力してください。",
        f"{most} are offered at most.",
    )


def _settle(
    session: Session,
    actor: Actor,
    request: AidRequest,
    offer: Offer,
    line: OfferLine,
    rows: Sequence[RequestLine],
    taken: int,
    *,
    is_held: bool,
) -> None:
    """Commit what is taken of one offered line and free the rest of it."""
    if taken == 0:
        stock.release(session, reference=line.id)
        return
    row = next(each for each in rows if each.id == line.line_id)
    if not is_held:
        stock.hold(
            session,
            member=offer.member_id,
            group=request.group_id,
            kind=row.kind,
            quantity=taken,
            reference=line.id,
            instead=substituting.kinds_for(request, row),
        )
    stock.commit(session, reference=line.id, quantity=taken)
    row.committed += taken
    session.add(
        Commitment(
            id=new_id(), offer_id=offer.id, line_id=row.id, quantity=taken, at=clock.now(session), by=actor.person
        )
    )


def _tell(
    session: Session,
    actor: Actor,
    request: AidRequest,
    offer: Offer,
    rows: Sequence[RequestLine],
    taken: dict[str, int],
) -> None:
    """Tell the partner what was accepted, and the others what is no longer needed."""
    accepted = [{"kind": row.kind, "quantity": taken[row.id]} for row in rows if taken.get(row.id)]
    facts = record.offer_facts(session, request, offer) | {
        "lines": accepted,
        "place": request.place,
        "incident": requests.incident_of(session, request).name,
    }
    alerting.tell(session, request, "offer.accepted", [offer.member_id], facts, topic=offer.id, wave=offer.version)
    covered = [row for row in rows if taken.get(row.id) and row.committed >= row.quantity]
    releasing.no_longer_needed(session, request, rows, covered, offer)
    record.keep(session, actor, request, offer, "offer.accepted", facts)
    if request.status == RequestStatus.COVERED:
        record.keep_request(session, actor, request, "request.covered", {})
