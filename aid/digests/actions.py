"""Asking a partner about several requests in one message, and keeping that message true until it has gone out.

A digest is one question with one code, whose lines are those of all its requests; an answer is cut up again by line.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from agreements import queries as agreements
from aid.digests import queries
from aid.digests.models import AskDigest, DigestedRequest
from foundation import clock
from foundation.database.statements import insert_rows
from foundation.ids import new_id
from notifications import actions as notifications
from notifications.alerts import Addressee, QuestionLine
from notifications.wording import OWN

DIGEST = "request.several"
"""The alert that asks one partner about several requests; its topic is the digest."""
WAVE = 1


@dataclass(frozen=True, slots=True)
class Part:
    """まとめ照会の一件: one request as a digest speaks of it: the facts of its own alert, and its lines."""

    request: str
    priority: int
    facts: Mapping[str, Any]
    lines: Sequence[QuestionLine]


def ask(session: Session, group: str, incident: str, asks: Mapping[str, Sequence[Part]]) -> list[str]:
    """Ask members about several requests each, the most urgent first, in one message to each of its contacts.

    Return who has no address.
    """
    digests = {member: new_id() for member in sorted(asks)}
    same = {"group_id": group, "incident_id": incident, "raised_at": clock.now(session)}
    insert_rows(session, AskDigest, *({**same, "id": digest, "member_id": each} for each, digest in digests.items()))
    rows = (
        {"digest_id": digest, "request_id": part.request, "member_id": member, "place": place}
        for member, digest in digests.items()
        for place, part in enumerate(asks[member])
    )
    insert_rows(session, DigestedRequest, *rows)
    reached = agreements.addressees(session, group, list(digests), incident)
    for member, digest in digests.items():
        _raise(session, digest, asks[member], reached.get(member, []))
    return [member for member in digests if member not in reached]


def _raise(session: Session, digest: str, parts: Sequence[Part], addressees: Sequence[Addressee]) -> None:
    notifications.raise_alert(
        session,
        kind=DIGEST,
        topic=digest,
        facts=_facts(parts[0].facts["incident"], [{**part.facts, "is_over": False} for part in parts]),
        addressees=addressees,
        question=[_labelled(line, part.facts) for part in parts for line in part.lines],
        wave=WAVE,
        priority=min(part.priority for part in parts),
    )


def answered(session: Session, request: str, member: str) -> None:
    """Note that a member has answered about a request, by whichever way."""
    for digest, is_settled in _settle(session, request, [member]).items():
        if is_settled:
            notifications.mark_answered(session, topic=digest, member=member)


def take_back(session: Session, request: str, members: Collection[str]) -> tuple[set[str], set[str]]:
    """Ask members about a request no more; return who had never heard of it, and whom a digest had told.

    What is still queued says that this request needs nothing more, or is taken back where none of its requests does.
    """
    told = queries.digests_of(session, request, members)
    if not told:
        return set(), set()
    unheard = {member for digest, member in told.items() if notifications.is_unheard(session, digest)}
    for digest, is_settled in _settle(session, request, members).items():
        if is_settled:
            notifications.take_back(session, topic=digest, members=[told[digest]])
    return unheard, set(told.values()) - unheard


def say_again(session: Session, part: Part) -> None:
    """Let what is still queued speak of a request as it is now; it asks for no more than before, and says why."""
    shown = {line.reference: fact for line, fact in zip(part.lines, part.facts["lines"], strict=True)}
    lacking = {line.reference: line.quantity for line in part.lines}
    places = dict(queries.open_digests(session, part.request))
    for digest in queries.locked(session, places):
        facts, lines = notifications.said(session, kind=DIGEST, topic=digest)
        own = {
            line.reference: min(line.quantity, lacking[line.reference]) for line in lines if line.reference in shown
        }
        now = [{**shown[reference], "quantity": units} for reference, units in own.items()]
        parts = list(facts["requests"])
        before = parts[places[digest]]
        why = {OWN: before[OWN]} if OWN in before else {}
        parts[places[digest]] = {**part.facts, **why, "is_over": False, "lines": now}
        _rewrite(session, digest, {**facts, "requests": parts}, lines, own)


def _settle(session: Session, request: str, members: Collection[str]) -> dict[str, bool]:
    """End a request in its digests; return for each whether all of its requests have ended."""
    told = queries.locked(session, queries.digests_of(session, request, members, is_open=True))
    session.execute(
        update(DigestedRequest)
        .where(DigestedRequest.digest_id.in_(told), DigestedRequest.request_id == request)
        .values(settled_at=clock.now(session))
        .execution_options(synchronize_session=False)
    )
    found = {}
    for digest in told:
        rows = session.execute(
            select(DigestedRequest.request_id, DigestedRequest.place, DigestedRequest.settled_at).where(
                DigestedRequest.digest_id == digest
            )
        ).all()
        found[digest] = all(row.settled_at for row in rows)
        place = next(row.place for row in rows if row.request_id == request)
        _end_part(session, digest, place)
    return found


def _end_part(session: Session, digest: str, place: int) -> None:
    facts, lines = notifications.said(session, kind=DIGEST, topic=digest)
    parts = list(facts["requests"])
    first = sum(len(part["lines"]) for part in parts[:place])
    ended = lines[first : first + len(parts[place]["lines"])]
    none_left = [{**line, "quantity": 0} for line in parts[place]["lines"]]
    parts[place] = {**parts[place], "is_over": True, "lines": none_left}
    _rewrite(session, digest, {**facts, "requests": parts}, lines, {line.reference: 0 for line in ended})


def _rewrite(
    session: Session,
    digest: str,
    facts: Mapping[str, Any],
    lines: Iterable[QuestionLine],
    quantities: Mapping[str, int],
) -> None:
    changed = [replace(line, quantity=quantities.get(line.reference, line.quantity)) for line in lines]
    notifications.say_otherwise(
        session, kind=DIGEST, topic=digest, facts=facts, question=[asdict(each) for each in changed]
    )


def _facts(incident: str, parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {"incident": incident, "requests": parts}


def _labelled(line: QuestionLine, facts: Mapping[str, Any]) -> QuestionLine:
    requester = facts["requester"]
    return replace(line, label_ja=f"{requester} {line.label_ja}", label_en=f"{requester}: {line.label_en}")
