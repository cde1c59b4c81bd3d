"""An answer, whichever way it came: kept, judged by the room that asked, and said back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from foundation import clock, events
from foundation.ids import new_id
from foundation.mode import Instance, Mode
from foundation.problems import FieldError, Invalid, Language, Problem
from notifications import actions, codes
from notifications.alerts import QuestionLine
from notifications.errors import QuestionClosed, QuestionNotFound
from notifications.events import AnswerReceived, AnswerVerdict, QuestionOpened, Via
from notifications.models import Alert, Answer, Delivery, Question, Recipient, ReplyCode
from notifications.replies import Choice
from notifications.schemas import AnswerDraft, AnswerFormView, AnswerLineView, AnswerView, ReceiptView
from notifications.wording import Notice, Wordings, apart

CLOSED = AnswerVerdict(False, QuestionClosed.code(), QuestionClosed.ja, QuestionClosed.en)
_KEPT = AnswerVerdict(True, "answer-kept", "回答を受け付けました。", "Your answer was received.")


@dataclass(frozen=True, slots=True)
class Given:
    """回答の中身: as it was given; shorter lists than the question's lines mean all that was asked."""

    via: Via
    choice: Choice
    quantities: Sequence[int | None] = ()
    more: Sequence[int | None] = ()
    reason: str | None = None
    inbound: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """質問された相手: one delivery with its recipient, its alert, the facts and the lines of its wave."""

    delivery: Delivery
    recipient: Recipient
    alert: Alert
    facts: Mapping[str, Any]
    lines: tuple[QuestionLine, ...]


def form(session: Session, wordings: Wordings, token: str, language: Language) -> AnswerFormView:
    """Return what a link shows; changes nothing. Raises QuestionNotFound.

    Of a closed question only that it is closed: links stay in mailboxes for years.
    """
    asked = by_token(session, token)
    state = _state(session, asked)
    shown = AnswerFormView(
        kind=asked.alert.kind,
        mode=session.scalar(select(Instance.mode)) or Mode.LIVE,
        subject="This is closed." if language is Language.EN else "受付は終了しました",
        text="",
        name=asked.recipient.name,
        municipality=asked.recipient.municipality,
        lines=[],
        state=state,
        code=None,
        answer=None,
    )
    if state == "closed":
        return shown
    facts, own = apart(asked.facts, asked.recipient.member)
    mail = wordings[asked.alert.kind].mail(Notice(facts, asked.delivery.name, lines=asked.lines, own=own))
    open_parts = {
        "subject": mail.subject,
        "text": mail.body,
        "lines": [_line_view(line, language) for line in asked.lines],
        "code": session.scalar(select(ReplyCode.code).where(ReplyCode.alert_id == asked.alert.id)),
        "answer": _last_answer(session, asked.recipient.id),
    }
    return shown.model_copy(update=open_parts)


def answer_link(session: Session, token: str, draft: AnswerDraft, language: Language) -> ReceiptView:
    """Take an answer given by link; the receipt says whether it counts. Raises QuestionNotFound, Invalid."""
    asked = by_token(session, token)
    errors = [
        FieldError(
            f"/{name}",
            "too-long",
            f"質問は{len(asked.lines)}行です。行の数だけ入力してください。",
            f"The question has {len(asked.lines)} lines; give no more.",
        )
        for name, values in (("quantities", draft.quantities), ("more", draft.more))
        if len(values) > len(asked.lines)
    ]
    if errors:
        raise Invalid(*errors)
    given = Given("link", draft.decision, draft.quantities, draft.more, draft.reason)
    verdict = take(session, asked, given)
    text = verdict.en if language is Language.EN else verdict.ja
    return ReceiptView(is_taken=verdict.is_taken, code=verdict.code, text=text)


def take(session: Session, asked: Asked, given: Given) -> AnswerVerdict:
    """Judge and keep an answer, also one that comes too late; a taken one ends the asking of its member.

    A receipt ends nothing.
    """
    # Nothing is locked before the asking room has locked what is its own: the portal's way takes that order too
    quantities, more = _padded(given.quantities, asked.lines), _padded(given.more, asked.lines)
    verdict = _judge(session, asked, given, quantities, more)
    session.add(
        Answer(
            id=new_id(),
            recipient_id=asked.recipient.id,
            delivery_id=asked.delivery.id,
            via=given.via,
            choice=given.choice.value,
            quantities=list(quantities),
            more=list(more),
            reason=given.reason,
            inbound_id=given.inbound,
            at=clock.now(session),
            is_taken=verdict.is_taken,
            verdict=verdict.code,
        )
    )
    session.flush()
    if verdict.is_taken and given.choice is Choice.RECEIVED:
        actions.note_receipt(session, [asked.recipient.id])
    elif verdict.is_taken and verdict.settles:
        actions.settle_recipients(session, [asked.recipient.id])
    return verdict


def by_token(session: Session, token: str) -> Asked:
    """Return what a link's token asks. Raises QuestionNotFound, also where its person may not open it any more."""
    digest = codes.token_digest(session, token.lower())
    delivery = session.scalar(select(Delivery).where(Delivery.token_digest == digest))
    asked = asked_by(session, delivery) if delivery else None
    if asked is None or not may_open(session, asked):
        raise QuestionNotFound
    return asked


def may_open(session: Session, asked: Asked) -> bool:
    """Ask the room above whether the person still stands for the member."""
    alert, member = asked.alert, asked.recipient.member
    return events.emit(session, QuestionOpened(alert.kind, alert.topic, member, asked.delivery.person)) is not False


def asked_by(session: Session, delivery: Delivery) -> Asked:
    """Return a delivery together with what it asks."""
    what = (
        select(Recipient, Alert, Question)
        .join(Alert, Alert.id == Recipient.alert_id)
        .join(Question, and_(Question.alert_id == Alert.id, Question.wave == delivery.wave))
        .where(Recipient.id == delivery.recipient_id)
    )
    recipient, alert, question = session.execute(what).one()
    return Asked(delivery, recipient, alert, question.facts, lines_of(question.lines))


def lines_of(kept: Sequence[dict[str, object]]) -> tuple[QuestionLine, ...]:
    """Return a question's lines from their kept form."""
    return tuple(QuestionLine(**line) for line in kept)  # type: ignore[arg-type]  # written by asdict of the same class


def is_closed(session: Session, alert: Alert) -> bool:
    """Tell whether answers come too late."""
    return alert.state == "closed" or (alert.closes_at is not None and alert.closes_at <= clock.now(session))


def _judge(
    session: Session,
    asked: Asked,
    given: Given,
    quantities: tuple[int | None, ...],
    more: tuple[int | None, ...],
) -> AnswerVerdict:
    if is_closed(session, asked.alert):
        return CLOSED
    event = AnswerReceived(
        kind=asked.alert.kind,
        topic=asked.alert.topic,
        member=asked.recipient.member,
        municipality=asked.recipient.municipality,
        person=asked.delivery.person,
        via=given.via,
        choice=given.choice,
        quantities=quantities,
        more=more,
        reason=given.reason,
        references=tuple(line.reference for line in asked.lines),
        delivery=asked.delivery.id,
    )
    try:
        with session.begin_nested():
            verdict = events.emit(session, event)
    except Problem as problem:
        # What is refused is kept as well: a person may have promised something by it
        return AnswerVerdict(False, problem.code(), problem.detail(Language.JA), problem.detail(Language.EN))
    assert verdict is None or isinstance(verdict, AnswerVerdict)
    return verdict or _KEPT


def _padded(values: Sequence[int | None], lines: Sequence[QuestionLine]) -> tuple[int | None, ...]:
    return tuple(values) + (None,) * (len(lines) - len(values))


def _state(session: Session, asked: Asked) -> str:
    if is_closed(session, asked.alert):
        return "closed"
    if asked.recipient.state == "answered":
        return "answered"
    return "received" if asked.recipient.received_at else "open"


def _last_answer(session: Session, recipient: str) -> AnswerView | None:
    taken = select(Answer).where(
        Answer.recipient_id == recipient, Answer.is_taken, Answer.choice != Choice.RECEIVED.value
    )
    # By id, not by `at`: ids are given when it is the answer's turn, `at` is when its transaction began
    answer = session.scalar(taken.order_by(Answer.id.desc()).limit(1))
    if answer is None:
        return None
    return AnswerView(
        decision=Choice(answer.choice),
        quantities=answer.quantities,
        more=answer.more,
        reason=answer.reason,
        via=answer.via,
        at=answer.at,
    )


def _line_view(line: QuestionLine, language: Language) -> AnswerLineView:
    label = line.label_en if language is Language.EN else line.label_ja
    return AnswerLineView(label=label, unit=line.unit, quantity=line.quantity)
