"""Stating the policy and having read it; concluding the year: audit, review, approval, training."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements.models import GroupMember, MembershipStatus
from foundation import audit, clock
from foundation.actor import Actor
from foundation.database.statements import insert_or_skip
from foundation.ids import new_id
from foundation.problems import FieldError, Language
from readiness.models import Training
from readiness.security import queries, standing
from readiness.security.errors import (
    AuditConcluded,
    AuditNotConcluded,
    CheckNotFinished,
    InvalidPolicy,
    NoPolicyYet,
    OwnWork,
    ReviewApproved,
    ReviewNotWritten,
    UnknownTraining,
    YearClosed,
)
from readiness.security.lifecycle import PolicyStage
from readiness.security.models import (
    CycleTraining,
    PolicyReading,
    SecurityCycle,
    SecurityPolicy,
    SelfCheck,
    SheetKind,
)
from readiness.security.schemas import CycleView, PolicyDraft, PolicyView, ReadingView, SecurityNote, TrainingLink
from readiness.security.visibility import cycles_visible_to, sheets_visible_to


def state_policy(session: Session, actor: Actor, code: str, draft: PolicyDraft, language: Language) -> PolicyView:
    """Keep what a member states of its policy; former statements stay. Raises MemberNotFound, InvalidPolicy."""
    member = queries.own_member(actor, code)
    if errors := _policy_errors(session, draft):
        raise InvalidPolicy(*errors)
    row = SecurityPolicy(
        id=new_id(),
        member_id=member,
        stated_by=person_of(actor),
        stated_at=clock.now(session),
        **draft.model_dump(mode="python", exclude={"stage"}),
        stage=draft.stage.value,
    )
    session.add(row)
    session.flush()
    audit.record(session, actor, "readiness.policy_stated", f"security-policy:{row.id}", stage=row.stage)
    return queries.read_policy(session, actor, code, language)


def confirm_reading(session: Session, actor: Actor, code: str) -> ReadingView:
    """Keep that the caller has read the policy in force; once more changes nothing. Raises NoPolicyYet."""
    member, policy = queries.own_member(actor, code), queries.newest_policy(session, actor)
    if policy is None or policy.stage != PolicyStage.ADOPTED or policy.edition_on is None:
        raise NoPolicyYet
    person, edition = person_of(actor), policy.edition_on
    row = {"person_id": person, "edition_on": edition, "member_id": member, "read_at": clock.now(session)}
    if insert_or_skip(session, PolicyReading, row):
        audit.record(session, actor, "readiness.policy_read", f"security-policy:{policy.id}")
    kept = session.get_one(PolicyReading, (person, edition))
    return ReadingView(person=person, edition_on=edition, read_at=kept.read_at)


def conclude_audit(
    session: Session, actor: Actor, code: str, year: str, draft: SecurityNote, language: Language
) -> CycleView:
    """Conclude the year's audit with an opinion.

    Raises MemberNotFound, YearNotFound, CheckNotFinished, AuditConcluded, OwnWork.
    """
    member, cycle = _cycle(session, actor, code, year)
    sheet = _yearly_sheet(session, actor, cycle.fiscal_year)
    if sheet is None or sheet.finished_at is None:
        raise CheckNotFinished
    if cycle.audited_at is not None:
        raise AuditConcluded
    if sheet.finished_by == actor.person:
        raise OwnWork
    cycle.audited_by, cycle.audited_at, cycle.opinion = person_of(actor), clock.now(session), draft.note
    return _concluded(session, actor, cycle, "readiness.security_audited", language, member)


def write_review(
    session: Session, actor: Actor, code: str, year: str, draft: SecurityNote, language: Language
) -> CycleView:
    """Write what the year has changed, and so close it; open findings go on until they are accepted.

    Raises MemberNotFound, YearNotFound, AuditNotConcluded, YearClosed.
    """
    member, cycle = _cycle(session, actor, code, year)
    if cycle.audited_at is None:
        raise AuditNotConcluded
    if cycle.reviewed_at is not None:
        raise YearClosed
    cycle.reviewed_by, cycle.reviewed_at, cycle.review = person_of(actor), clock.now(session), draft.note
    return _concluded(session, actor, cycle, "readiness.security_reviewed", language, member)


def approve_review(session: Session, actor: Actor, code: str, year: str, language: Language) -> CycleView:
    """Sign the year's review as an approver, who is not the one that wrote it.

    Raises MemberNotFound, YearNotFound, ReviewNotWritten, ReviewApproved, OwnWork.
    """
    member, cycle = _cycle(session, actor, code, year)
    if cycle.reviewed_at is None:
        raise ReviewNotWritten
    if cycle.approved_at is not None:
        raise ReviewApproved
    if cycle.reviewed_by == actor.person:
        raise OwnWork
    cycle.approved_by, cycle.approved_at = person_of(actor), clock.now(session)
    return _concluded(session, actor, cycle, "readiness.security_approved", language, member)


def link_training(
    session: Session, actor: Actor, code: str, year: str, draft: TrainingLink, language: Language
) -> CycleView:
    """Name a training as the follow-up of a year; once more changes nothing. Raises UnknownTraining and others."""
    member, cycle = _cycle(session, actor, code, year)
    groups = select(GroupMember.group_id).where(
        GroupMember.member_id == member, GroupMember.status != MembershipStatus.LEFT.value
    )
    training = session.scalar(select(Training.id).where(Training.id == draft.training, Training.group_id.in_(groups)))
    if training is None:
        raise UnknownTraining(
            FieldError(
                "/training",
                "unknown-training",
                "研修が見つかりません。自団体が参加する協定グループの研修の id を指定してください。",
                "There is no such training; give the id of one of your groups' trainings.",
            )
        )
    row = {
        "cycle_id": cycle.id,
        "training_id": training,
        "linked_by": person_of(actor),
        "linked_at": clock.now(session),
    }
    if insert_or_skip(session, CycleTraining, row):
        audit.record(session, actor, "readiness.training_linked", f"security-cycle:{cycle.id}", training=training)
    return standing.cycle_view(session, actor, member, cycle.fiscal_year, language)


def person_of(actor: Actor) -> str:
    """Return who it is: whatever stands in the year of security was done by a named person."""
    assert actor.person is not None
    return actor.person


def _cycle(session: Session, actor: Actor, code: str, year: str) -> tuple[str, SecurityCycle]:
    """Lock and return the year of the actor's own member, made where nothing was done in it yet."""
    member = queries.own_member(actor, code)
    named = queries.open_year(session, queries.year_named(session, year))
    insert_or_skip(session, SecurityCycle, {"id": new_id(), "member_id": member, "fiscal_year": named})
    statement = select(SecurityCycle).where(cycles_visible_to(actor), SecurityCycle.fiscal_year == named)
    locking = statement.with_for_update().execution_options(populate_existing=True)
    return member, session.scalars(locking).one()


def _concluded(
    session: Session, actor: Actor, cycle: SecurityCycle, act: str, language: Language, member: str
) -> CycleView:
    session.flush()
    audit.record(session, actor, act, f"security-cycle:{cycle.id}", fiscal_year=cycle.fiscal_year)
    return standing.cycle_view(session, actor, member, cycle.fiscal_year, language)


def _yearly_sheet(session: Session, actor: Actor, year: int) -> SelfCheck | None:
    return session.scalar(
        select(SelfCheck).where(
            sheets_visible_to(actor), SelfCheck.fiscal_year == year, SelfCheck.kind == SheetKind.YEARLY.value
        )
    )


def _policy_errors(session: Session, draft: PolicyDraft) -> list[FieldError]:
    made, revised, due = draft.made_on, draft.revised_on, draft.revision_due_on
    today, newest = clock.today(session), draft.revised_on or draft.made_on
    is_adopted = draft.stage is PolicyStage.ADOPTED
    checks = (
        (is_adopted and made is None, MADE_NEEDED),
        (not is_adopted and (made or revised or due) is not None, NOT_YET),
        (newest is not None and newest > today, IN_FUTURE),
        (made is not None and revised is not None and revised < made, REVISED_BEFORE),
        (due is not None and newest is not None and due <= newest, DUE_BEFORE),
    )
    return [error for is_wrong, error in checks if is_wrong]


MADE_NEEDED = FieldError(
    "/made_on", "missing", "策定済みのときは策定日を入力してください。", "Give the day on which it was adopted."
)
NOT_YET = FieldError(
    "/stage",
    "not-adopted",
    "策定日などの日付は、策定済みのときだけ登録できます。",
    "Days belong to an adopted policy alone.",
)
IN_FUTURE = FieldError(
    "/made_on", "future", "策定日・改定日は今日までの日にしてください。", "These days can't lie in the future."
)
REVISED_BEFORE = FieldError(
    "/revised_on", "order", "改定日は策定日以降にしてください。", "It can't be revised before it was made."
)
DUE_BEFORE = FieldError(
    "/revision_due_on",
    "order",
    "次の見直し日は、策定日・改定日より後にしてください。",
    "The next revision comes after the last.",
)
