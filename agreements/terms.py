"""The terms of an agreement: what the service must know of its text to act by it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class CostCategory(StrEnum):
    """費用区分: what a cost was spent on."""

    PEOPLE = "people"
    TRAVEL = "travel"
    OVERTIME = "overtime"
    KIT = "kit"
    TRANSPORT = "transport"
    CONSUMABLES = "consumables"
    DAMAGE = "damage"
    THIRD_PARTY = "third_party"


class Payer(StrEnum):
    """費用負担者: who pays in the end; `consultation` leaves it to talks between the two."""

    RECEIVER = "receiver"
    SENDER = "sender"
    SHARED = "shared"
    CONSULTATION = "consultation"


class Command(StrEnum):
    """指揮: under whose direction helpers work."""

    RECEIVER = "receiver"
    SENDER = "sender"


class WritingRule(StrEnum):
    """文書の要否: whether an oral request counts from its time and the paper follows, or the paper comes first."""

    ORAL_FIRST = "oral_first"
    WRITTEN_FIRST = "written_first"


class Duty(StrEnum):
    """平時の義務: what a member renews at intervals."""

    CONTACTS = "contacts"
    BCP = "bcp"
    INVENTORY = "inventory"
    WISHES = "wishes"
    TRAINING = "training"
    NDA = "nda"
    REACHABILITY = "reachability"


@dataclass(frozen=True, slots=True)
class CostRule:
    """費用負担の定め: who pays for one category when aid was asked for, came by itself, or went ahead to look.

    By law (災害対策基本法第92条) the one who is helped pays; scouts usually go at their own member's cost.
    """

    requested: Payer = Payer.RECEIVER
    self_initiated: Payer = Payer.RECEIVER
    scouting: Payer = Payer.SENDER


def _by_law() -> dict[CostCategory, CostRule]:
    return {category: CostRule() for category in CostCategory}


def _answer_minutes() -> dict[int, int]:
    return {1: 30, 2: 60, 3: 60, 4: 60}


def _yearly() -> dict[Duty, int]:
    return dict.fromkeys(Duty, 12)


@dataclass(frozen=True, slots=True)
class Terms:
    """協定条件: the rules of one version of an agreement, with the defaults of a group that says nothing.

    `answer_minutes` by priority (1 to 4) is how long a wave may take to answer before the next is asked;
    a wave is wide enough when it covers the need with `wave_certainty` (a chance; 0: not asked for), could give
    `wave_cover` times the need and holds `wave_minimum` partners.
    From `planning_from` open requests of one disaster on, all are planned together (0: never).
    `duty_months` is how often each duty falls due. `may_advance_costs`: the sender may pay first (一時繰替支弁).
    With `emergency_access` a helper may read without an NDA what an owner allows (緊急閲覧); the second person who is
    to confirm it is waited for so many minutes.
    """

    cost: Mapping[CostCategory, CostRule] = field(default_factory=_by_law)
    may_advance_costs: bool = True
    command: Command = Command.RECEIVER
    period_days: int = 14
    writing: WritingRule = WritingRule.ORAL_FIRST
    written_within_hours: int = 72
    self_initiated_aid: bool = True
    answer_minutes: Mapping[int, int] = field(default_factory=_answer_minutes)
    wave_certainty: float = 0.95
    wave_cover: float = 1.0
    wave_minimum: int = 3
    planning_from: int = 5
    offer_expiry_hours: int = 48
    emergency_access: bool = False
    emergency_confirm_minutes: int = 30
    duty_months: Mapping[Duty, int] = field(default_factory=_yearly)

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON column."""
        return {
            **{key: getattr(self, key) for key in _PLAIN},
            "cost": {category.value: asdict(rule) for category, rule in self.cost.items()},
            "command": self.command.value,
            "writing": self.writing.value,
            "answer_minutes": {str(priority): minutes for priority, minutes in self.answer_minutes.items()},
            "duty_months": {duty.value: months for duty, months in self.duty_months.items()},
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Terms":
        """Read what `to_json` wrote; what an older version did not say yet has its default."""
        plain = {key: stored[key] for key in _PLAIN if key in stored}
        return cls(
            cost=_by_law() | {CostCategory(key): _rule(rule) for key, rule in stored.get("cost", {}).items()},
            command=Command(stored.get("command", Command.RECEIVER)),
            writing=WritingRule(stored.get("writing", WritingRule.ORAL_FIRST)),
            answer_minutes=_answer_minutes() | {int(key): n for key, n in stored.get("answer_minutes", {}).items()},
            duty_months=_yearly() | {Duty(key): n for key, n in stored.get("duty_months", {}).items()},
            **plain,
        )


_PLAIN = (
    "may_advance_costs",
    "period_days",
    "written_within_hours",
    "self_initiated_aid",
    "wave_certainty",
    "wave_cover",
    "wave_minimum",
    "planning_from",
    "offer_expiry_hours",
    "emergency_access",
    "emergency_confirm_minutes",
)


def _rule(stored: Mapping[str, str]) -> CostRule:
    return CostRule(**{occasion: Payer(payer) for occasion, payer in stored.items()})
