"""The mails about trainings: Japanese first, English second."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from notifications import sms
from notifications.wording import Mail, Notice, Wording
from readiness import dates
from readiness.models import TrainingKind

ANNOUNCED = "training.announced"
REMINDER = "training.reminder"
UNREGISTERED = "training.unregistered"
ENGLISH = {
    TrainingKind.ANNUAL: "annual training",
    TrainingKind.INTRODUCTORY: "introductory training",
    TrainingKind.DRILL: "drill",
}


@dataclass(frozen=True, slots=True)
class TrainingWording:
    """研修の文面: one kind of mail about a training; `ja` and `en` are what it says above the details."""

    subject: str
    ja: str
    en: str

    def mail(self, notice: Notice) -> Mail:
        subject = f"{sms.PREFIX}{self.subject}: {notice.facts['title']}"
        return Mail(subject, f"{self._japanese(notice)}\n\n--\n{self._english(notice.facts)}\n")

    def sms(self, notice: Notice) -> str:
        starts = dates.in_japanese(_starts_at(notice.facts))
        return sms.compose_notice(f"{self.subject}: {notice.facts['title']} {starts}", mark=notice.mark)

    def _japanese(self, notice: Notice) -> str:
        facts = notice.facts
        starts_at = _starts_at(facts)
        year = dates.fiscal_year_in_japanese(dates.fiscal_year_of(starts_at))
        rows = {
            "研修": f"{facts['title']}（{TrainingKind(facts['kind']).label}・{year}）",
            "グループ": facts["group"],
            "日時": f"{dates.in_japanese(starts_at)}（日本時間）",
            "場所": facts["place"],
            "URL": facts["url"],
            "定員": f"{facts['capacity']}人" if facts["capacity"] else None,
        }
        return f"{notice.name} 様\n\n{self.ja}\n\n{_listed(rows, '：')}"

    def _english(self, facts: Mapping[str, Any]) -> str:
        rows = {
            "Training": f"{facts['title']} ({ENGLISH[TrainingKind(facts['kind'])]})",
            "Group": facts["group"],
            "Time": dates.in_english(_starts_at(facts)),
            "Place": facts["place"],
            "URL": facts["url"],
            "Places": facts["capacity"],
        }
        return f"{self.en}\n\n{_listed(rows, ': ')}"


def _starts_at(facts: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(facts["starts_at"])


def _listed(rows: Mapping[str, Any], colon: str) -> str:
    return "\n".join(f"{name}{colon}{value}" for name, value in rows.items() if value is not None)


WORDINGS: Mapping[str, Wording] = {
    ANNOUNCED: TrainingWording(
        "研修のご案内",
        "研修を行います。参加する方を、開始までにポータルの「研修」から登録してください。",
        'A training will be held. Please register who takes part, in the portal under "Trainings", before it starts.',
    ),
    # Now told in the weekly digest; what was sent before is still shown from the record
    REMINDER: TrainingWording(
        "研修が近づいています",
        "登録いただいた研修が近づいてきました。参加できなくなった場合は、幹事に知らせてください。",
        "The training you are registered for is near. If you can't come, please tell the coordinator.",
    ),
    UNREGISTERED: TrainingWording(
        "研修の参加登録がまだありません",
        "貴団体からの参加登録がまだありません。参加する方を、開始までにポータルの「研修」から登録してください。",
        'Nobody of your member is registered yet. Please register who takes part, in the portal under "Trainings".',
    ),
}
