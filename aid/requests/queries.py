"""Reading requests: only those that the actor may see."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from agreements import queries as agreements
from agreements.queries import BoundMember
from agreements.visibility import WITHOUT_VOTE
from aid import permissions
from aid.lifecycle import IncidentStatus, RequestStatus
from aid.models import AidRequest, Ask, ChronologyEntry, Incident, Offer, OfferLine, RequestLine
from aid.requests.errors import RequestNotFound
from aid.requests.matching import Matching, match
from aid.requests.schemas import LineView, MatchesView, MatchQuery, Note, RequestQuery, RequestView
from aid.requests.views import NOTHING, Offered, Reader, line_matches, line_view, request_view
from foundation.actor import Actor
from foundation.paging import Page, page
from foundation.problems import Language

MOST_TWINS = 3
LIVELY = (RequestStatus.UNVERIFIED.value, RequestStatus.OPEN.value, RequestStatus.COVERED.value)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the predicate of the requests an actor may see; an associate sees only those it was asked."""
    inside = [each.group for each in actor.memberships if each.kind not in WITHOUT_VOTE]
    outside = [each.group for each in actor.memberships if each.kind in WITHOUT_VOTE]
    asked = select(Ask.request_id).where(Ask.member_id == actor.member)
    answered = select(Offer.request_id).where(Offer.member_id == actor.member)
    addressed = or_(AidRequest.id.in_(asked), AidRequest.id.in_(answered))
    return or_(AidRequest.group_id.in_(inside), and_(AidRequest.group_id.in_(outside), addressed))


def request_named(session: Session, actor: Actor, request: str) -> AidRequest:
    """Return a request. Raises RequestNotFound where there is none, or none for this actor."""
    found = session.scalar(select(AidRequest).where(AidRequest.id == request, visible_to(actor)))
    if found is None:
        raise RequestNotFound
    return found


def request_locked(session: Session, request: str) -> AidRequest:
    """Return a request whose row stays locked to the commit: acts on one request come one after the other."""
    statement = select(AidRequest).where(AidRequest.id == request).with_for_update()
    return session.scalars(statement.execution_options(populate_existing=True)).one()


def requests_locked(session: Session, requests: Collection[str]) -> dict[str, AidRequest]:
    """Return several, by id, locked in the order of their ids, as everybody who locks several does."""
    statement = select(AidRequest).where(AidRequest.id.in_(requests)).order_by(AidRequest.id).with_for_update()
    return {each.id: each for each in session.scalars(statement.execution_options(populate_existing=True))}


def request_to_change(session: Session, actor: Actor, request: str) -> AidRequest:
    """Return a request that the actor sees, locked to the commit. Raises RequestNotFound."""
    request_named(session, actor, request)
    return request_locked(session, request)


def groups_asked_since(session: Session, at: datetime) -> set[str]:
    """Return the groups in which somebody has asked since then, and not recalled it, for an open incident."""
    asked = select(AidRequest.group_id).join(Incident, Incident.id == AidRequest.incident_id).distinct()
    return set(
        session.scalars(
            asked.where(
                Incident.status == IncidentStatus.OPEN,
                AidRequest.made_at >= at,
                AidRequest.status != RequestStatus.CANCELLED,
            )
        )
    )


def lines_of(session: Session, request: str) -> list[RequestLine]:
    """Return a request's lines in their order."""
    return lines_of_any(session, [request])[request]


def lines_of_any(session: Session, requests: Collection[str]) -> dict[str, list[RequestLine]]:
    """Return the lines of some requests in their order, by request, in one query."""
    found: dict[str, list[RequestLine]] = {each: [] for each in requests}
    rows = session.scalars(_LINES, {"requests": list(requests)}, execution_options={"populate_existing": True})
    for line in rows:
        found[line.request_id].append(line)
    return found


_LINES = (
    select(RequestLine)
    .where(RequestLine.request_id.in_(bindparam("requests", expanding=True)))
    .order_by(RequestLine.request_id, RequestLine.position)
)


def read(session: Session, actor: Actor, request: str, language: Language) -> RequestView:
    """Return one request as the actor sees it."""
    return view(session, request_named(session, actor, request), language)


def listed(session: Session, actor: Actor, query: RequestQuery, language: Language) -> Page[RequestView]:
    """Return a page of the requests the actor may see."""
    statement = select(AidRequest).where(visible_to(actor))
    if query.incident:
        statement = statement.where(AidRequest.incident_id == query.incident)
    if query.group:
        statement = statement.where(AidRequest.group_id == query.group)
    return page(session, statement, AidRequest.id, query.cursor, lambda row: view(session, row, language))


def matches(session: Session, actor: Actor, request: str, query: MatchQuery, language: Language) -> MatchesView:
    """Return each line's ranked partners, with the reasons."""
    found = request_named(session, actor, request)
    # What others could give is no matter of somebody who is only asked.
    actor.require(permissions.VIEW_MATCHES, group=found.group_id)
    lines = lines_of(session, request)
    matching: Matching = match(session, found, lines)
    chosen = [line for line in lines if query.line in {None, line.id}]
    reader = Reader(language, is_requester=actor.acts_for(found.requester_id))
    return MatchesView(lines=[line_matches(line, matching, query.cursor, reader) for line in chosen])


def view(session: Session, request: AidRequest, language: Language = Language.JA) -> RequestView:
    """Show a request with its lines and what is offered on each."""
    lines = lines_of(session, request.id)
    offered = offered_on(session, request.id)
    municipality, name = agreements.name_of_members(session, [request.requester_id])[request.requester_id]
    views: list[LineView] = [line_view(line, offered.get(line.id, NOTHING)) for line in lines]
    return request_view(session, request, municipality, name, views, warnings_of(session, request, lines, language))


def first_view(
    session: Session, request: AidRequest, lines: Sequence[RequestLine], requester: BoundMember, language: Language
) -> RequestView:
    """Show a request that has just been filed: nothing of it needs to be read again."""
    views = [line_view(line, NOTHING) for line in lines]
    warnings = warnings_of(session, request, lines, language)
    return request_view(session, request, requester.municipality, requester.name, views, warnings)


def offered_on(session: Session, request: str) -> dict[str, Offered]:
    """Return what is offered on each line."""
    rows = session.execute(
        select(OfferLine.line_id, Offer.status, func.sum(OfferLine.quantity))
        .join(Offer, Offer.id == OfferLine.offer_id)
        .where(Offer.request_id == request, Offer.status.in_(("offered", "accepted", "provisional")))
        .group_by(OfferLine.line_id, Offer.status)
    )
    sums: dict[str, dict[str, int]] = {}
    for line, status, quantity in rows:
        sums.setdefault(line, {})[status] = quantity
    return {
        line: Offered(found.get("offered", 0), found.get("accepted", 0), found.get("provisional", 0))
        for line, found in sums.items()
    }


def warnings_of(
    session: Session, request: AidRequest, lines: Sequence[RequestLine], language: Language
) -> list[Note]:
    """Return what a person should look at: an unconfirmed proxy's request, a likely duplicate."""
    notes: list[Note] = []
    if request.status == RequestStatus.UNVERIFIED:
        ja, en = _HELD if is_held(request) else _BY_PROXY
        notes.append(Note(code="unconfirmed", facts={}, text=en if language is Language.EN else ja))
    for number in _twins(session, request, {line.kind for line in lines}):
        ja = f"同じ品目の要請 {number} があります。重複していないか確かめてください。"
        en = f"Request {number} asks for the same kind. Please check that this is no duplicate."
        notes.append(
            Note(code="likely_duplicate", facts={"number": number}, text=en if language is Language.EN else ja)
        )
    return notes


_BY_PROXY = (
    "代理による要請です。要請団体の確認を待っています。",
    "Filed by a proxy; waits for the member's confirmation.",
)
_HELD = (
    "SMSまたはメールで届いた要請です。送信者を確認するまで、ほかの団体には照会しません。",
    "Came by a message; no partner is asked before its sender is verified.",
)


def _twins(session: Session, request: AidRequest, kinds: set[str]) -> Sequence[str]:
    """Return the numbers of the requester's earlier live requests of the same incident that ask for a same kind."""
    if request.status not in LIVELY:
        return []
    wanted = {
        "incident": request.incident_id,
        "group": request.group_id,
        "requester": request.requester_id,
        "request": request.id,
        "kinds": list(kinds),
    }
    return session.scalars(_TWINS, wanted).all()


_TWINS = (
    select(AidRequest.number)
    .join(RequestLine, RequestLine.request_id == AidRequest.id)
    .where(
        AidRequest.incident_id == bindparam("incident"),
        AidRequest.group_id == bindparam("group"),
        AidRequest.requester_id == bindparam("requester"),
        AidRequest.id < bindparam("request"),
        AidRequest.status.in_(LIVELY),
        RequestLine.kind.in_(bindparam("kinds", expanding=True)),
    )
    .distinct()
    .order_by(AidRequest.number.desc())
    .limit(MOST_TWINS)
)


def is_noted(session: Session, request: AidRequest, code: str) -> bool:
    """Tell whether the chronology says this of the request since its last wave, or at all where there was none."""
    last_wave = session.scalar(select(func.max(Ask.asked_at)).where(Ask.request_id == request.id))
    noted = select(ChronologyEntry.id).where(ChronologyEntry.request_id == request.id, ChronologyEntry.code == code)
    if last_wave is not None:
        noted = noted.where(ChronologyEntry.at > last_wave)
    return session.scalar(noted.limit(1)) is not None


def incident_of(session: Session, request: AidRequest) -> Incident:
    """Return the incident a request belongs to."""
    return session.get_one(Incident, request.incident_id)


def is_held(request: AidRequest) -> bool:
    """Tell whether a request came by a message and waits to be verified: no partner is asked before."""
    return request.status == RequestStatus.UNVERIFIED and not request.is_proxy


def may_speak_for(actor: Actor, request: AidRequest) -> bool:
    """Tell whether the actor may act as the requester: its own people, or the group's coordinator for it."""
    return actor.acts_for(request.requester_id) or actor.may(permissions.COORDINATE, group=request.group_id)
