"""Starting, answering and finishing a self-check; what the record says was read before, on a snapshot."""

from sqlalchemy.orm import Session

from foundation import audit, clock
from foundation.actor import Actor
from foundation.database.statements import insert_or_skip, insert_rows
from foundation.ids import new_id
from foundation.problems import FieldError, Language
from readiness.security import queries
from readiness.security.actions import person_of
from readiness.security.errors import InvalidAnswer, QuestionNotFound, SheetFinished, Unanswered, YearlyCheckExists
from readiness.security.filling import Filled
from readiness.security.models import SelfCheck, SelfCheckAnswer
from readiness.security.questions import CheckMark, Question, needs_comment, suggested
from readiness.security.schemas import CheckAnswerDraft, SelfCheckDraft, SelfCheckView

COMMENT_NEEDED = FieldError(
    "/comment",
    "missing",
    "△や×のとき、また記録の示す結果より良い回答のときは、理由か今後の対応を書いてください。",
    "Explain △ and ×, and an answer that is better than what the record shows.",
)


def start(
    session: Session, actor: Actor, code: str, draft: SelfCheckDraft, filled: Filled, language: Language
) -> SelfCheckView:
    """Begin a sheet with what the record says. Raises MemberNotFound, YearNotOpen, YearlyCheckExists."""
    member, now = queries.own_member(actor, code), clock.now(session)
    sheet = {
        "id": new_id(),
        "member_id": member,
        "fiscal_year": queries.open_year(session, draft.fiscal_year),
        "kind": draft.kind.value,
        "title": draft.title,
        "since_on": filled.period.since_on,
        "until_on": filled.period.until_on,
        "filled_at": now,
        "started_by": person_of(actor),
        "started_at": now,
    }
    if not insert_or_skip(session, SelfCheck, sheet):
        raise YearlyCheckExists
    insert_rows(
        session,
        SelfCheckAnswer,
        *(
            {
                "sheet_id": sheet["id"],
                "question": question.value,
                "numbers": dict(numbers),
                "suggested": suggested(question, numbers),
            }
            for question, numbers in filled.numbers.items()
        ),
    )
    audit.record(
        session, actor, "readiness.self_check_started", f"self-check:{sheet['id']}", fiscal_year=draft.fiscal_year
    )
    return queries.read_self_check(session, actor, code, str(sheet["id"]), language)


def refill(
    session: Session, actor: Actor, code: str, sheet: str, filled: Filled, language: Language
) -> SelfCheckView:
    """Put newer numbers into an unfinished sheet; answers stay. Raises SheetNotFound, SheetFinished."""
    row = _open_sheet(session, actor, code, sheet)
    for question, answer in queries.answers_of(session, row).items():
        answer.numbers = dict(filled.numbers[question])
        answer.suggested = suggested(question, filled.numbers[question])
    row.until_on, row.filled_at = filled.period.until_on, clock.now(session)
    session.flush()
    audit.record(session, actor, "readiness.self_check_refilled", f"self-check:{row.id}")
    return queries.sheet_view(session, row, language)


def answer(
    session: Session, actor: Actor, code: str, sheet: str, question: str, draft: CheckAnswerDraft, language: Language
) -> SelfCheckView:
    """Answer one question; the last answer counts.

    Raises MemberNotFound, SheetNotFound, QuestionNotFound, SheetFinished, InvalidAnswer.
    """
    row = _open_sheet(session, actor, code, sheet)
    known = queries.answers_of(session, row)
    found = known.get(Question(question)) if question in set(Question) else None
    if found is None:
        raise QuestionNotFound
    suggestion = CheckMark(found.suggested) if found.suggested else None
    if needs_comment(draft.mark, suggestion) and not (draft.comment or "").strip():
        raise InvalidAnswer(COMMENT_NEEDED)
    found.mark, found.comment = draft.mark.value, draft.comment
    found.answered_by, found.answered_at = person_of(actor), clock.now(session)
    session.flush()
    audit.record(
        session,
        actor,
        "readiness.self_check_answered",
        f"self-check:{row.id}",
        question=found.question,
        mark=found.mark,
        suggested=found.suggested,
    )
    return queries.sheet_view(session, row, language)


def finish(session: Session, actor: Actor, code: str, sheet: str, language: Language) -> SelfCheckView:
    """Finish a sheet in one's own name. Raises MemberNotFound, SheetNotFound, SheetFinished, Unanswered."""
    row = _open_sheet(session, actor, code, sheet)
    unanswered = [each for each in queries.answers_of(session, row).values() if each.mark is None]
    if unanswered:
        raise Unanswered(count=len(unanswered))
    row.finished_by, row.finished_at = person_of(actor), clock.now(session)
    session.flush()
    audit.record(session, actor, "readiness.self_check_finished", f"self-check:{row.id}", fiscal_year=row.fiscal_year)
    return queries.sheet_view(session, row, language)


def _open_sheet(session: Session, actor: Actor, code: str, sheet: str) -> SelfCheck:
    """Lock and return a sheet that is not finished."""
    row = queries.sheet_of(session, actor, code, sheet, for_update=True)
    if row.finished_at is not None:
        raise SheetFinished
    return row
