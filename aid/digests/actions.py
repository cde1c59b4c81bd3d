"""Asking a partner about several requests in one message, and keeping that message true until it has gone out.

A digest is one question with one code, whose lines are those of all its requests; an answer is cut up again by line.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import chain
from typing import Any

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


def answered(session: Session, requests: Collection[str], member: str) -> list[str]:
    """Note that a member has answered about some requests, by whichever way.

    Return the digests that have nothing more to ask: they are answered as well.
    """
    return [digest for digest, is_settled in _settle(session, requests, [member]).items() if is_settled]


def take_back(session: Session, request: str, members: Collection[str]) -> tuple[set[str], set[str]]:
    """Ask members about a request no more; return who had never heard of it, and whom a digest had told.

    What is still queued says that this request needs nothing more, or is taken back where none of its requests does.
    """
    told = queries.digests_of(session, request, members)
    if not told:
        return set(), set()
    unheard = {member for digest, member in told.items() if notifications.is_unheard(session, digest)}
    for digest, is_settled in _settle(session, [request], members).items():
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


def _settle(session: Session, requests: Collection[str], members: Collection[str]) -> dict[str, bool]:
    """End some requests in their digests; return for each of these whether all of its requests have ended."""
    told = queries.parts_locked(session, queries.digests_asking(session, requests, members))
    ended = {
        digest: [each for each in parts if each.request_id in requests and each.settled_at is None]
        for digest, parts in told.items()
    }
    for each in chain.from_iterable(ended.values()):
        each.settled_at = clock.now(session)
    for digest, parts in ended.items():
        _end_parts(session, digest, [each.place for each in parts])
    return {digest: all(each.settled_at for each in parts) for digest, parts in told.items()}


def _end_parts(session: Session, digest: str, places: Iterable[int]) -> None:
    facts, lines = notifications.said(session, kind=DIGEST, topic=digest)
    parts, ended = list(facts["requests"]), {}
    for place in places:
        first = sum(len(part["lines"]) for part in parts[:place])
        own = lines[first : first + len(parts[place]["lines"])]
        none_left = [{**line, "quantity": 0} for line in parts[place]["lines"]]
        parts[place] = {**parts[place], "is_over": True, "lines": none_left}
        ended.update({line.reference: 0 for line in own})
    _rewrite(session, digest, {**facts, "requests": parts}, lines, ended)


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
