"""What must hold of every round and digest, read from the tables and counted anew, beside the code that wrote."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agreements.models import Member
from aid.digests.actions import DIGEST
from aid.digests.models import AskDigest, DigestedRequest
from aid.incidents.queries import footprint
from aid.models import AidRequest, Ask, ChronologyEntry, Commitment, Hold, Offer, OfferLine, Planning, RequestLine
from aid.plans import rounds, sections
from aid.plans.facts import Facts
from aid.plans.models import PlannedAsk, PlanRound, PlanRule
from aid.plans.sections import Section
from aid.plans.state import Made
from foundation import clock
from foundation.audit.models import Audit
from inventory.models import Capability
from notifications import actions as notifications
from notifications.events import AnswerReceived
from notifications.models import Alert, Delivery, Recipient
from notifications.replies import Choice

OVER = ("released", "expired")
Pair = tuple[str, str]


def told(made: Made) -> list[tuple[str, str, int]]:
    """What a round wants to ask, without ids."""
    return [(ask.line.key, ask.store, ask.quantity) for ask in made.asks]


def shuffled(facts: Facts, random: Random) -> Facts:
    """The same facts, read in another order."""

    def mixed(row: Sequence[Any]) -> list[Any]:
        return random.sample(list(row), len(row))

    return replace(
        facts,
        codes=dict(mixed([*facts.codes.items()])),
        requests=mixed([replace(each, lines=mixed(each.lines)) for each in facts.requests]),
        beliefs=replace(facts.beliefs, out=mixed(facts.beliefs.out)),
        stocks=mixed(facts.stocks),
        decisions=mixed(facts.decisions),
    )


@dataclass(frozen=True)
class Seen:
    """What was true when a round began to act."""

    asks: dict[Pair, Any]
    known: set[Pair]
    held: Counter[Pair]
    free: dict[Pair, int]
    said: dict[Pair, int]
    offered: dict[str, int]
    promised: list[Any]
    members: set[str]
    waves: dict[str, int]


def acted(session: Session, planning: str, made: Made, size: int = sections.SIZE) -> None:
    """Let a round act on all sections of its plan, of about so many asks each."""
    for section in sections.cut(made, size):
        rounds.act(session, planning, section)


def act(session: Session, section: Section) -> None:
    """Let a round act on a section of its plan, and look at everything that it did."""
    planning = session.scalars(select(Planning)).one()
    before, known = seen(session, planning), {each.id for each in session.scalars(select(PlannedAsk))}
    told = {each.id for each in session.scalars(select(ChronologyEntry))}
    rounds.act(session, planning.id, section)
    session.flush()
    last = session.scalar(select(func.max(PlanRound.number)))
    asks = list(session.scalars(select(PlannedAsk).join(PlanRound).where(PlanRound.number == last)))
    asked = [each for each in asks if each.state == "asked" and each.id not in known]
    earlier = {each.request_id for each in asks if each.state == "asked" and each.id in known}
    new = {key for key, at in _asks(session).items() if before.asks.get(key) != at}
    assert new == {(each.request_id, each.member_id) for each in asked}, "nobody but who was planned is asked"
    assert not asked or planning.held_at is None, "on hold a round only suggests"
    assert before.promised == _promised(session), "a round takes nothing back and accepts nothing"
    _check_allowed(session, planning, before, asked)
    _check_units(session, before, asked)
    _check_told(session, asked)
    _check_kept(session, asked, {each: before.waves[each] - (each in earlier) for each in before.waves}, told)


def seen(session: Session, planning: Planning) -> Seen:
    now = clock.now(session)
    held: Counter[Pair] = Counter()
    for hold in session.scalars(select(Hold).where(Hold.until_at > now)):
        held[hold.member_id, hold.kind] += hold.quantity
    left = Capability.quantity - Capability.held - Capability.committed
    free = session.execute(
        select(Capability.member_id, Capability.kind, func.sum(left)).group_by(Capability.member_id, Capability.kind)
    )
    asks = session.execute(select(Ask.request_id, Ask.member_id).where(Ask.stood_down_at.is_(None)))
    offers = session.execute(select(Offer.request_id, Offer.member_id).where(Offer.status.not_in(OVER)))
    shook = footprint(session, planning.incident_id, planning.group_id)
    able = set()
    for member in session.scalars(select(Member)):
        severity = shook.severity_of(member.id, member.municipality)
        if member.id not in shook.unable and not (severity is not None and severity.is_hit):
            able.add(member.id)
    return Seen(
        _asks(session),
        {(request, member) for request, member in (*asks, *offers)},
        held,
        {(member, kind): int(units) for member, kind, units in free},
        _said(session),
        _offered(session),
        _promised(session),
        able,
        {each.id: each.wave for each in session.scalars(select(AidRequest))},
    )


def _asks(session: Session) -> dict[Pair, Any]:
    return {(each.request_id, each.member_id): (each.wave, each.asked_at) for each in session.scalars(select(Ask))}


def _promised(session: Session) -> list[Any]:
    session.flush()
    offers = session.execute(select(Offer.id, Offer.status, Offer.version).order_by(Offer.id)).all()
    return [*offers, *session.execute(select(Commitment.id, Commitment.quantity).order_by(Commitment.id)).all()]


def _offered(session: Session) -> dict[str, int]:
    rows = session.execute(
        select(OfferLine.line_id, func.sum(OfferLine.quantity))
        .join(Offer, Offer.id == OfferLine.offer_id)
        .where(Offer.status == "offered")
        .group_by(OfferLine.line_id)
    )
    return {line: int(units) for line, units in rows}


def _said(session: Session) -> dict[Pair, int]:
    """How many more each member last said that it could send; of one message, about the last of its requests."""
    rows = session.execute(
        select(Offer.member_id, RequestLine.kind, OfferLine.more)
        .join(OfferLine, OfferLine.offer_id == Offer.id)
        .join(RequestLine, RequestLine.id == OfferLine.line_id)
        .join(AidRequest, AidRequest.id == Offer.request_id)
        .where(OfferLine.more.is_not(None), Offer.status.in_(("offered", "provisional", "accepted")))
        .order_by(Offer.made_at, AidRequest.number, RequestLine.position)
    )
    return {(member, kind): int(more or 0) for member, kind, more in rows}


def _check_allowed(session: Session, planning: Planning, before: Seen, asked: Sequence[PlannedAsk]) -> None:
    rules = session.scalars(select(PlanRule).where(PlanRule.ended_at.is_(None)))
    standing = {(each.kind, each.line_id, each.member_id) for each in rules}
    for each in asked:
        request = session.get_one(AidRequest, each.request_id)
        assert request.status in {"open", "unverified"}
        assert each.member_id != request.requester_id
        assert each.member_id in before.members, "who is hit, or says that it can't help, is asked for nothing"
        assert (each.request_id, each.member_id) not in before.known, "asked or answered already"
        assert ("forbid", each.line_id, each.member_id) not in standing
        assert not each.is_pinned or ("pin", each.line_id, each.member_id) in standing
        ask = session.get_one(Ask, (each.request_id, each.member_id), populate_existing=True)
        assert (ask.stood_down_at, ask.answer_minutes) == (None, None)
        hold = session.get_one(Hold, (each.line_id, each.member_id))
        assert hold.quantity == ask.named[each.line_id] == each.quantity


def _check_units(session: Session, before: Seen, asked: Sequence[PlannedAsk]) -> None:
    """Nobody is asked for what it has not, for what others are asking of it, more than it said or than is needed."""
    units: Counter[Pair] = Counter()
    for each in asked:
        line = session.get_one(RequestLine, each.line_id)
        units[each.member_id, each.instead or line.kind] += each.quantity
        assert 0 < each.quantity <= line.quantity - line.committed - before.offered.get(line.id, 0)
        assert each.instead is None or before.said.get((each.member_id, line.kind)) != 0
    for (member, kind), wanted in units.items():
        left = before.free.get((member, kind), 0)
        assert wanted <= min(left, before.said.get((member, kind), left)) - _awaited(before, member, kind)


def _awaited(before: Seen, member: str, kind: str) -> int:
    """How much of a kind those who are being asked may give: of PCs that there are not, notebooks."""
    lacking = before.held[member, "pc"] - before.free.get((member, "pc"), 0) if kind == "notebook" else 0
    return before.held[member, kind] + max(lacking, 0)


def _check_told(session: Session, asked: Sequence[PlannedAsk]) -> None:
    """One message for each partner and round, which speaks of all that it is asked for."""
    wanted: dict[str, set[str]] = {}
    for each in asked:
        wanted.setdefault(each.member_id, set()).add(each.request_id)
    now = clock.now(session)
    for member, requests in wanted.items():
        digests = [
            set(session.scalars(select(DigestedRequest.request_id).where(DigestedRequest.digest_id == digest)))
            for digest in session.scalars(
                select(AskDigest.id).where(AskDigest.member_id == member, AskDigest.raised_at == now)
            )
        ]
        if len(requests) > 1:
            assert digests.count(requests) >= 1, "one digest about all of them"
        else:
            assert member in _addressed(session, *requests)


def _addressed(session: Session, request: str) -> set[str]:
    """Whom the request itself has asked, by an alert of its own."""
    alert = select(Alert.id).where(Alert.kind == "request", Alert.topic == request)
    return set(session.scalars(select(Recipient.member).where(Recipient.alert_id.in_(alert))))


def asked_for(session: Session, request: str) -> dict[Pair, int]:
    """How many units were asked for, by member and line."""
    rows = session.scalars(select(PlannedAsk).where(PlannedAsk.request_id == request, PlannedAsk.state == "asked"))
    return {(each.member_id, each.line_id): each.quantity for each in rows}


def held_for(session: Session, request: str) -> dict[Pair, int]:
    """How many units are held, by member and line."""
    rows = session.scalars(select(Hold).where(Hold.request_id == request))
    return {(each.member_id, each.line_id): each.quantity for each in rows}


def dropped(session: Session, request: str) -> set[str | None]:
    """Why asks of a request were not made after all."""
    dropped = (PlannedAsk.request_id == request, PlannedAsk.state == "dropped")
    return set(session.scalars(select(PlannedAsk.why).where(*dropped)))


def not_asked(session: Session) -> int:
    """How many asks of the plans were dropped, or only suggested."""
    return session.scalar(select(func.count()).where(PlannedAsk.state != "asked")) or 0


def _check_kept(
    session: Session, asked: Sequence[PlannedAsk], waves: Mapping[str, int], told: Collection[str]
) -> None:
    """All that a round asks for a request is one wave; `waves` counts by request those before the round."""
    partners: dict[str, set[str]] = {}
    for each in asked:
        partners.setdefault(each.request_id, set()).add(each.member_id)
    entries = session.scalars(select(ChronologyEntry).where(ChronologyEntry.code == "request.wave_sent"))
    said = {each.request_id: (each.facts["wave"], each.facts["members"]) for each in entries if each.id not in told}
    assert said == {request: (waves[request] + 1, len(members)) for request, members in partners.items()}
    now = {each.id: each.wave for each in session.scalars(select(AidRequest))}
    assert all(now[request] == waves[request] + 1 for request in partners)


def _named_to(session: Session, hold: Hold) -> list[int]:
    """For how many units a partner's messages ask on a line: the last of the request itself, and the open digests."""
    place = (DigestedRequest.request_id == hold.request_id, DigestedRequest.member_id == hold.member_id)
    open_ones = session.scalars(select(DigestedRequest.digest_id).where(*place, DigestedRequest.settled_at.is_(None)))
    asked = [notifications.said(session, kind=DIGEST, topic=digest) for digest in open_ones]
    told = select(func.max(Delivery.wave)).join(Alert, Alert.id == Delivery.alert_id)
    of_request = (Alert.kind == "request", Alert.topic == hold.request_id, Delivery.member == hold.member_id)
    if last := session.scalar(told.where(*of_request)):
        asked.append(notifications.said(session, kind="request", topic=hold.request_id, wave=last))
    return [line.quantity for _, lines in asked for line in lines if line.reference == hold.line_id]


def answer(
    session: Session, pick: int, choice: Choice, said: Sequence[tuple[int | None, int | None]]
) -> AnswerReceived | None:
    """A partner's answer to one of the digests so far; None where there is none."""
    rows = session.execute(
        select(AskDigest.id, AskDigest.member_id, Member.municipality, func.min(AidRequest.number))
        .join(Member, Member.id == AskDigest.member_id)
        .join(DigestedRequest, DigestedRequest.digest_id == AskDigest.id)
        .join(AidRequest, AidRequest.id == DigestedRequest.request_id)
        .group_by(AskDigest.id, AskDigest.member_id, Member.municipality, AskDigest.raised_at)
        .order_by(AskDigest.raised_at, Member.municipality, func.min(AidRequest.number))
    ).all()
    if not rows:
        return None
    digest, member, code, _ = rows[pick % len(rows)]
    _, lines = notifications.said(session, kind=DIGEST, topic=digest)
    padded = [*said, *[(None, None)] * len(lines)][: len(lines)]
    return AnswerReceived(
        kind=DIGEST,
        topic=digest,
        member=member,
        municipality=code,
        person=None,
        via="sms",
        choice=choice,
        quantities=tuple(quantity for quantity, _ in padded),
        more=tuple(more for _, more in padded),
        reason=None,
        references=tuple(line.reference for line in lines),
    )


def check(session: Session) -> None:
    """Holds stand for open questions alone; every ask was told; a digest speaks of what is still wanted."""
    asks = {(each.request_id, each.member_id): each for each in session.scalars(select(Ask))}
    requests = {each.id: each for each in session.scalars(select(AidRequest))}
    answered = {
        (each.request_id, each.member_id) for each in session.scalars(select(Offer).where(Offer.status.not_in(OVER)))
    }
    for hold in session.scalars(select(Hold)):
        ask, line = asks[hold.request_id, hold.member_id], session.get_one(RequestLine, hold.line_id)
        assert (ask.stood_down_at, ask.answer_minutes) == (None, None), "a hold stands for an open question"
        assert requests[hold.request_id].status in {"open", "unverified", "covered"}
        assert line.committed < line.quantity
        if ask.named:
            assert ask.named[hold.line_id] == hold.quantity
            assert set(_named_to(session, hold)) == {hold.quantity}, "every message that stands names what is held"
    several = session.scalars(select(DigestedRequest)).all()
    by_digest = {(each.request_id, each.member_id) for each in several}
    for request, member in asks:
        assert (request, member) in by_digest or member in _addressed(session, request), "an ask that nobody was told"
    for each in several:
        is_ended = requests[each.request_id].status in {"closed", "cancelled"}
        if is_ended or (each.request_id, each.member_id) in answered:
            assert each.settled_at is not None, "a digest goes on asking about what is over"
        facts, _ = notifications.said(session, kind=DIGEST, topic=each.digest_id)
        part = facts["requests"][each.place]
        assert part["is_over"] == (each.settled_at is not None)
        assert not part["is_over"] or not any(line["quantity"] for line in part["lines"])
    recorded = Counter[int]()
    for each in session.scalars(select(Audit).where(Audit.act == "aid.plan_made")):
        recorded[each.facts["round"]] += each.facts["asked"]
    made = session.execute(select(PlanRound.number, PlanRound.asked))
    assert recorded == {row.number: row.asked for row in made}
