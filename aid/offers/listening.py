"""Answers that came back by link, SMS or mail: taken like any other, and a verdict goes back."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from agreements import queries as agreements
from aid.chronology.actions import News, announce_all
from aid.digests import queries as digests
from aid.digests.actions import DIGEST
from aid.escalation import actions as escalation
from aid.lifecycle import Decision, OfferStatus
from aid.models import AidRequest
from aid.offers import answering, taking
from aid.offers.cutting import cut
from aid.offers.record import said_of
from aid.offers.taking import Answer, Asked, Portion, Taken
from aid.requests import queries as requests
from aid.requests.alerting import QUESTION, REPLACE
from foundation import clock, timers
from foundation.actor import Actor
from foundation.database.statements import table_of
from foundation.problems import Language, Problem
from inventory import catalogue
from notifications.events import AnswerReceived, AnswerVerdict, DeliveriesChanged, DeliveryChanged, QuestionOpened
from notifications.reach import ENDED_IN_VAIN
from notifications.replies import Choice


def answer_received(session: Session, event: AnswerReceived) -> AnswerVerdict:
    """Take a partner's answer. A refusal undoes its own changes only, and its sentence goes back to the sender."""
    if event.kind == DIGEST:
        return _about_several(session, event)
    if event.kind != QUESTION:
        return AnswerVerdict(False, "not_asked", "このお知らせへの回答は不要です。", "This needs no answer.")
    if event.choice is Choice.RECEIVED:
        return _received(session, _actor(event), event)
    [asked] = _asked(session, event, [event.topic])
    verdict, taken = _take(session, event, asked)
    answering.settle(session, _actor(event), [taken] if taken else [])
    return verdict


def _about_several(session: Session, event: AnswerReceived) -> AnswerVerdict:
    """Take an answer to a question about several requests: each request's lines are an answer of their own."""
    asked = _asked(session, event, digests.requests_of(session, event.topic))
    parts = cut(event, asked, digests.open_requests(session, event.topic))
    found = [(each.request.number, *_take(session, part, each)) for each, part in parts]
    # Only now, for from here to the commit the incident's other entries wait
    answering.settle(session, _actor(event), [taken for _, _, taken in found if taken])
    return _verdict([(number, verdict) for number, verdict, _ in found])


def _verdict(found: Sequence[tuple[str, AnswerVerdict]]) -> AnswerVerdict:
    """Put together what is said of several requests, each with its number; who was refused on one is asked still."""
    refused = [(number, verdict) for number, verdict in found if not verdict.is_taken]
    taken = len(found) - len(refused)
    if not taken and len(refused) == 1:
        return refused[0][1]
    ja = f"{taken}件の要請への回答を受け付けました。" + "".join(f"要請{n}: {v.ja}" for n, v in refused)
    en = f"Answers to {taken} requests are recorded. " + " ".join(f"{n}: {v.en}" for n, v in refused)
    code = "answers_taken" if taken else "answers_refused"
    return AnswerVerdict(bool(taken), code, ja, en.strip(), settles=not refused)


def _asked(session: Session, event: AnswerReceived, topics: Sequence[str]) -> list[Asked]:
    """Lock the requests that an answer is about; return what counts for it, in the order of the question."""
    found = taking.asked_of(session, event.member, requests.requests_locked(session, topics))
    return [found[each] for each in topics]


def _take(session: Session, event: AnswerReceived, asked: Asked) -> tuple[AnswerVerdict, Taken | None]:
    """Take an answer about one request; what was taken is still to be settled."""
    if event.choice is Choice.RECEIVED:
        return _received(session, _actor(event), event), None
    decision = Decision(event.choice.value)
    answer = Answer(decision, _portions(event, asked, decision), event.via, event.reason)
    try:
        with session.begin_nested():
            taken = taking.take(session, _actor(event), asked, answer)
    except Problem as problem:
        return _refusal(problem), None
    return _thanks(taken), taken


def _actor(event: AnswerReceived) -> Actor:
    return Actor(event.person, "", event.member, event.municipality)


def _refusal(problem: Problem) -> AnswerVerdict:
    return AnswerVerdict(False, problem.code(), problem.detail(Language.JA), problem.detail(Language.EN))


def _received(session: Session, actor: Actor, event: AnswerReceived) -> AnswerVerdict:
    """Note that a partner knows of the request and will answer later."""
    try:
        with session.begin_nested():
            is_waited_for = escalation.note_receipt(session, actor, event.topic, event.member)
    except Problem as problem:
        return _refusal(problem)
    return AnswerVerdict(True, "received", *(_RECEIVED if is_waited_for else _ANSWERED_BEFORE))


def question_opened(session: Session, event: QuestionOpened) -> bool:
    """Tell whether an answer link still stands for its person: not once they have left or moved elsewhere."""
    return event.person is None or agreements.works_for(session, event.person, event.member)


def deliveries_changed(session: Session, event: DeliveriesChanged) -> None:
    """Tell those who watch an incident that messages on its requests went out or failed."""
    changes = _by_request(session, event.changes)
    topics = {change.topic for change in changes}
    if not topics:
        return
    # Who can't be reached is judged in a transaction of its own: the request is locked before its deliveries
    in_vain = {each.topic for each in changes if each.status in ENDED_IN_VAIN}
    for topic in sorted(in_vain):
        timers.reschedule(session, REPLACE, topic, clock.now(session))
    found = {row.id: row for row in session.execute(_ASKING, {"topics": sorted(topics)})}
    news: dict[str, list[News]] = defaultdict(list)
    for change in changes:
        if request := found.get(change.topic):
            facts = {"delivery": change.delivery, "status": change.status.value}
            news[request.incident_id].append(
                News("delivery.changed", facts, request.group_id, request.id, change.member)
            )
    # In the order of their ids, so that two couriers never wait for each other
    for incident in sorted(news):
        announce_all(session, incident=incident, news=news[incident])


def _by_request(session: Session, changes: Sequence[DeliveryChanged]) -> list[DeliveryChanged]:
    """Return what changed by request: a message about several concerns each of them."""
    several = digests.requests_by_digest(session, {each.topic for each in changes if each.kind == DIGEST})
    found = [each for each in changes if each.kind == QUESTION]
    return found + [
        replace(each, kind=QUESTION, topic=request)
        for each in changes
        if each.kind == DIGEST
        for request in several.get(each.topic, [])
    ]


def _portions(event: AnswerReceived, asked: Asked, decision: Decision) -> list[Portion]:
    """Return what is offered of each line; a quantity of zero offers nothing of it."""
    if decision is Decision.DECLINE:
        return []
    rows = {row.id: row for row in asked.lines}
    said = zip(event.references, event.quantities, event.more, strict=True)
    return [
        Portion(line, quantity, more)
        for line, quantity, more in said
        if line in rows and quantity != 0 and (quantity is not None or rows[line].quantity > rows[line].committed)
    ]


def _thanks(taken: Taken) -> AnswerVerdict:
    kinds = [(catalogue.KINDS[line["kind"]], line["quantity"]) for line in said_of(taken)]
    said_ja = "、".join(f"{kind.name_ja}{quantity}{kind.unit}" for kind, quantity in kinds)
    said_en = ", ".join(f"{quantity} × {kind.name_en}" for kind, quantity in kinds)
    status = OfferStatus(taken.offer.status)
    ja, en = _SENTENCES[status]
    return AnswerVerdict(True, f"offer_{status.value}", ja.format(said=said_ja), en.format(said=said_en))


_ASKED = table_of(AidRequest).c
_ASKING = select(_ASKED.id, _ASKED.incident_id, _ASKED.group_id).where(
    _ASKED.id.in_(bindparam("topics", expanding=True))
)
_RECEIVED = (
    "受領のご連絡を受け付けました。応援できるかどうかが決まりましたら、同じ方法で回答してください。",
    "Noted that you received it. Please answer in the same way once you know whether you can help.",
)
_ANSWERED_BEFORE = (
    "受領のご連絡を受け付けました。すでにいただいた回答は、そのまま有効です。",
    "Noted that you received it. Your earlier answer stands.",
)
_SENTENCES = {
    OfferStatus.OFFERED: (
        "回答を受け付けました。{said}。ありがとうございます。要請団体の決定をお待ちください。",
        "Thank you. Your offer is recorded: {said}. Please wait for the requester's decision.",
    ),
    OfferStatus.PROVISIONAL: (
        "条件付きの回答を受け付けました。{said}。要請団体から連絡します。",
        "Your conditional offer is recorded: {said}. The requester will contact you.",
    ),
    OfferStatus.DECLINED: (
        "応援できないとの回答を受け付けました。ご連絡ありがとうございます。",
        "Your answer (no) is recorded. Thank you.",
    ),
}
