"""Answers that came back by link, SMS or mail: taken like any other, and a verdict goes back."""

from typing import Any

from sqlalchemy.orm import Session

from aid.chronology.actions import announce
from aid.lifecycle import Decision, OfferStatus
from aid.models import AidRequest, Offer
from aid.offers import answering, queries
from aid.offers.answering import Answer, Portion
from aid.offers.record import quantities
from aid.requests import queries as requests
from aid.requests.alerting import QUESTION
from foundation.actor import Actor
from foundation.problems import Language, Problem
from inventory import catalogue
from notifications.events import AnswerReceived, AnswerVerdict, DeliveryChanged


def answer_received(session: Session, event: AnswerReceived) -> AnswerVerdict:
    """Take a partner's answer. A refusal undoes its own changes only, and its sentence goes back to the sender."""
    if event.kind != QUESTION:
        return AnswerVerdict(False, "not_asked", "このお知らせへの回答は不要です。", "This needs no answer.")
    actor = Actor(event.person, "", event.member, event.municipality)
    decision = Decision(event.choice.value)
    answer = Answer(decision, _portions(session, event, decision), event.via, event.reason)
    try:
        with session.begin_nested():
            offer = answering.take(session, actor, event.topic, event.member, answer)
            session.flush()
            return _thanks(session, event, offer)
    except Problem as problem:
        return AnswerVerdict(False, problem.code(), problem.detail(Language.JA), problem.detail(Language.EN))


def delivery_changed(session: Session, event: DeliveryChanged) -> None:
    """Tell those who watch the incident that a message on one of its requests went out or failed."""
    request = session.get(AidRequest, event.topic) if event.kind == QUESTION else None
    if request is not None:
        facts = {"delivery": event.delivery, "status": event.status.value}
        announce(
            session,
            incident=request.incident_id,
            kind="delivery.changed",
            facts=facts,
            group=request.group_id,
            request=request.id,
            member=event.member,
        )


def _portions(session: Session, event: AnswerReceived, decision: Decision) -> list[Portion]:
    """Return what is offered of each line; a quantity of zero offers nothing of it."""
    if decision is Decision.DECLINE:
        return []
    rows = {row.id: row for row in requests.lines_of(session, event.topic)}
    said = zip(event.references, event.quantities, event.more, strict=True)
    return [
        Portion(line, quantity, more)
        for line, quantity, more in said
        if line in rows and quantity != 0 and (quantity is not None or rows[line].quantity > rows[line].committed)
    ]


def _thanks(session: Session, event: AnswerReceived, offer: Offer) -> AnswerVerdict:
    rows = {row.id: row for row in requests.lines_of(session, event.topic)}
    lines: list[dict[str, Any]] = quantities(rows, queries.lines_of(session, offer.id))
    kinds = [(catalogue.KINDS[line["kind"]], line["quantity"]) for line in lines]
    said_ja = "、".join(f"{kind.name_ja}{quantity}{kind.unit}" for kind, quantity in kinds)
    said_en = ", ".join(f"{quantity} × {kind.name_en}" for kind, quantity in kinds)
    status = OfferStatus(offer.status)
    ja, en = _SENTENCES[status]
    return AnswerVerdict(True, f"offer_{status.value}", ja.format(said=said_ja), en.format(said=said_en))


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
