"""The operations of the year: trainings."""

from agreements.errors import GroupEnded, GroupNotFound
from foundation.calls import Call
from foundation.operations import operation
from foundation.paging import Page
from readiness import actions, permissions, queries
from readiness.errors import (
    InvalidTraining,
    RegistrationClosed,
    TrainingFull,
    TrainingNotFound,
    UnknownParticipant,
)
from readiness.schemas import (
    AttendanceDraft,
    RegistrationDraft,
    RegistrationView,
    TrainingDraft,
    TrainingFilter,
    TrainingSummary,
    TrainingView,
)


@operation(
    "GET",
    "/trainings",
    permission=permissions.SEE_TRAININGS,
    query=TrainingFilter,
    returns=Page[TrainingSummary],
)
async def list_trainings(call: Call, wanted: TrainingFilter) -> Page[TrainingSummary]:
    """研修の一覧 (list trainings)."""
    return await call.database.read(queries.list_trainings, call.actor, wanted)


@operation(
    "POST",
    "/trainings",
    permission=permissions.ANNOUNCE,
    body=TrainingDraft,
    returns=TrainingView,
    status=201,
    problems=[GroupNotFound, GroupEnded, InvalidTraining],
)
async def announce_training(call: Call, draft: TrainingDraft) -> TrainingView:
    """研修を案内する (announce a training to the group)."""
    return await call.database.write(actions.announce, call.actor, draft)


@operation(
    "GET",
    "/trainings/{training}",
    permission=permissions.SEE_TRAININGS,
    returns=TrainingView,
    problems=[TrainingNotFound],
)
async def read_training(call: Call, training: str) -> TrainingView:
    """研修を見る (show a training)."""
    return await call.database.read(queries.show, call.actor, training)


@operation(
    "POST",
    "/trainings/{training}/registrations",
    permission=permissions.REGISTER,
    body=RegistrationDraft,
    returns=RegistrationView,
    status=201,
    problems=[TrainingNotFound, UnknownParticipant, RegistrationClosed, TrainingFull],
)
async def register_for_training(call: Call, training: str, draft: RegistrationDraft) -> RegistrationView:
    """研修の参加を登録する (register a person for a training)."""
    return await call.database.write(actions.register, call.actor, training, draft)


@operation(
    "POST",
    "/trainings/{training}/attendance",
    permission=permissions.RECORD_ATTENDANCE,
    body=AttendanceDraft,
    returns=RegistrationView,
    problems=[TrainingNotFound, UnknownParticipant],
)
async def record_attendance(call: Call, training: str, draft: AttendanceDraft) -> RegistrationView:
    """研修の出欠を記録する (record who attended)."""
    return await call.database.write(actions.record_attendance, call.actor, training, draft)
