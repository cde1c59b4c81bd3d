"""What this room refuses, and what to do instead."""

from foundation.problems import Conflict, Invalid, NotFound


class TrainingNotFound(NotFound):
    """The training does not exist, or is another group's."""

    ja = "研修が見つかりません。一覧から選び直してください。"
    en = "There is no such training. Please choose one from the list."


class InvalidTraining(Invalid):
    """A field of a training does not fit the others, or the time."""


class UnknownParticipant(Invalid):
    """The person can't take part, or is not one whom this actor registers."""


class TrainingFull(Conflict):
    """All places are taken (fact: `capacity`)."""

    ja = "定員{capacity}人に達しています。欠員については幹事に問い合わせてください。"
    en = "All {capacity} places are taken. Please ask the coordinator about cancellations."


class RegistrationClosed(Conflict):
    """The training has begun (facts: `starts_at_ja`, `starts_at_en`)."""

    ja = "参加登録は{starts_at_ja}の開始時刻で締め切りました。当日の参加は幹事が出欠として記録します。"
    en = (
        "Registration closed when the training began ({starts_at_en}). "
        "The coordinator records who came as attendance."
    )
