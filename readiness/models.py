"""What happens in the year: the trainings of a group, who comes and who came."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database.base import Base, Instant, Key


class TrainingKind(StrEnum):
    """研修の種別: the yearly one, the introduction for newcomers, or a drill."""

    ANNUAL = "annual"
    INTRODUCTORY = "introductory"
    DRILL = "drill"

    @property
    def label(self) -> str:
        return {"annual": "定例研修", "introductory": "導入研修", "drill": "訓練"}[self.value]


class Training(Base):
    """研修: one date at which the people of a group learn and practise together.

    `registered` counts those who registered; the database refuses that they pass the capacity.
    """

    __tablename__ = "trainings"
    __table_args__ = (
        CheckConstraint("place IS NOT NULL OR url IS NOT NULL", name="somewhere"),
        CheckConstraint("capacity IS NULL OR registered <= capacity", name="never_over_capacity"),
        Index("ix_trainings_group", "group_id"),
    )

    id: Mapped[Key]
    group_id: Mapped[str] = mapped_column(String(36), ForeignKey("groups.id"))
    title: Mapped[str]
    kind: Mapped[str] = mapped_column(String(12))
    starts_at: Mapped[Instant]
    place: Mapped[str | None]
    url: Mapped[str | None]
    capacity: Mapped[int | None]
    registered: Mapped[int] = mapped_column(default=0)
    announced_by: Mapped[str | None] = mapped_column(String(64))
    announced_at: Mapped[Instant]


class TrainingRegistration(Base):
    """参加登録: one person's part in a training. `registered_at` is empty for one who came unregistered."""

    __tablename__ = "training_registrations"
    __table_args__ = (
        UniqueConstraint("training_id", "person_id"),
        Index("ix_training_registrations_person", "person_id"),
    )

    id: Mapped[Key]
    training_id: Mapped[str] = mapped_column(String(36), ForeignKey("trainings.id"))
    person_id: Mapped[str] = mapped_column(String(36), ForeignKey("people.id"))
    member_id: Mapped[str] = mapped_column(String(36), ForeignKey("members.id"))
    registered_by: Mapped[str | None] = mapped_column(String(64))
    registered_at: Mapped[Instant | None]
    has_attended: Mapped[bool | None]
    recorded_at: Mapped[Instant | None]
