"""What goes into ranking one line of a request, and what comes out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple, Protocol, Self

from agreements.terms import CostRule, Payer, Terms
from agreements.weights import Weights
from aid.ranking.geography import Leg, Position
from aid.ranking.islands import Island, Travel
from aid.ranking.reasons import Reason
from aid.severity import IncidentKind, Severity


class SystemFit(StrEnum):
    """業務システムの適合: what a partner has in common with the requester's system that a line names."""

    NOT_ASKED = "not_asked"
    SAME_PACKAGE = "same_package"
    SAME_VENDOR = "same_vendor"
    UNKNOWN = "unknown"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Need:
    """要請明細: what one line asks; `needed_by` is aware, `is_remote` says that nothing has to travel.

    `payer` is who bears the cost by the group's rules, `period_days` how long aid usually lasts there.
    """

    line: str
    kind: str
    quantity: int
    needed_by: datetime | None
    is_remote: bool
    spec: str | None = None
    payer: Payer = CostRule().requested
    period_days: int = 0


@dataclass(frozen=True, slots=True)
class Requester:
    """要請団体: who asks, and where it works now (its current seat)."""

    member: str
    position: Position | None


class Supply(Protocol):
    """出せるもの: what a member has of one kind, all its rows together."""

    @property
    def available(self) -> int: ...
    @property
    def lead_time_hours(self) -> int | None: ...
    @property
    def max_days(self) -> int | None: ...
    @property
    def capacity(self) -> int: ...
    @property
    def conditions(self) -> str | None: ...
    @property
    def specs(self) -> tuple[str, ...]: ...


class OtherSupply(Supply, Protocol):
    """代用できるもの: what a member has of another kind."""

    @property
    def kind(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Substitute:
    """代用: what a member has of another kind that can stand in for the one asked for."""

    kind: str
    available: int
    lead_time_hours: int | None
    max_days: int | None
    capacity: int
    conditions: str | None = None
    specs: tuple[str, ...] = ()


@dataclass(slots=True)  # not frozen: a thousand are made for each line, in a third of the time
class Partner:
    """応援主体: one row per member, with all it has of the kind asked for, and `instead` what could stand in for it.

    `severity` is its own from the footprint, `reported_unable` its own situation report (×);
    `available` is what is left of `capacity`, the total declared of this kind (0: not declared);
    `carried` is what it has already committed, of `declared` in all (0: of `capacity`): people where people are asked
    for, else things. It said yes `said_yes` times of `asked`. `is_exposed`: in a cyber incident, it shares a vendor,
    package or data centre with whoever is hit. `is_silent`: none of its addresses has worked for long.
    """

    member: str
    code: str | None
    name: str
    position: Position | None
    severity: Severity | None
    reported_unable: bool
    available: int
    lead_time_hours: int | None
    max_days: int | None
    carried: int
    capacity: int
    conditions: str | None = None
    specs: tuple[str, ...] = ()
    instead: tuple[OtherSupply, ...] = ()
    declared: int = 0
    said_yes: int = 0
    asked: int = 0
    system: SystemFit = SystemFit.NOT_ASKED
    shares_data_centre: bool = False
    is_exposed: bool = False
    is_bound: bool = True
    is_associate: bool = False
    is_silent: bool = False
    has_nda: bool = True


@dataclass(frozen=True, slots=True)
class RankingTerms(Weights):
    """照合条件: limits and weights of one agreement group, kept with the request."""

    @classmethod
    def of(cls, terms: Terms) -> Self:
        """Take what concerns ranking from a group's terms."""
        return cls(**terms.ranking.to_json())


class Hit(NamedTuple):
    """被災地点: an affected municipality."""

    position: Position
    severity: Severity


@dataclass(frozen=True)  # without slots: what follows from it is kept, for a round ranks hundreds of lines by one
class Footprint:
    """被害の範囲: which municipalities an incident affects, and how badly."""

    kind: IncidentKind
    hits: tuple[Hit, ...] = ()

    @cached_property
    def centres(self) -> tuple[Position, ...]:
        """Where a shaken partner is too near, by latitude; in one order even where two islands claim a place."""
        centres = [hit.position for hit in self.hits if hit.severity.is_at_least(Severity.SIX_LOWER)]
        return tuple(sorted(centres, key=lambda each: (each.latitude, each.longitude, str(each.island))))

    @cached_property
    def nearest(self) -> dict[tuple[Position, int], float | None]:
        """The kilometres from a place to the nearest centre within so many, as far as they were worked out."""
        return {}

    @cached_property
    def legs(self) -> dict[tuple[Island | None, Travel, RankingTerms], dict[tuple[int, str], Leg]]:
        """What ways to an island cost, by kilometres and the island they come from, as far as they were counted."""
        return {}


class Judged(Protocol):
    """採点済みの候補: a partner with its points, which can say why."""

    @property
    def partner(self) -> Partner: ...
    @property
    def supply(self) -> Supply: ...
    @property
    def kind(self) -> str: ...
    @property
    def km(self) -> float | None: ...
    @property
    def score(self) -> int: ...
    @property
    def reasons(self) -> Sequence[Reason]: ...


class Candidate(NamedTuple):
    """候補: a partner that could help; `quantity` is what it could give of the need.

    `wave` is 0 until the request's asks and holds have been looked at: a ranking alone knows of no waves. `reasons`
    are put together when they are read: a ranking of a thousand shows twenty. `added` are those of the wave, without
    points.
    """

    judged: Judged
    quantity: int
    rank: int
    wave: int = 0
    added: tuple[Reason, ...] = ()

    @property
    def member(self) -> str:
        return self.judged.partner.member

    @property
    def code(self) -> str | None:
        return self.judged.partner.code

    @property
    def name(self) -> str:
        return self.judged.partner.name

    @property
    def kind(self) -> str:
        """What it would give: the kind asked for, or what stands in for it."""
        return self.judged.kind

    @property
    def available(self) -> int:
        """All that it has left of that; `quantity` is no more than is needed."""
        return self.judged.supply.available

    @property
    def distance_km(self) -> float | None:
        return None if self.judged.km is None else round(self.judged.km, 1)

    @property
    def score(self) -> int:
        return self.judged.score

    @property
    def reasons(self) -> tuple[Reason, ...]:
        return (*self.judged.reasons, *self.added)


class Exclusion(NamedTuple):
    """対象外: a partner that is not asked, and why."""

    member: str
    code: str | None
    name: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Ranking:
    """照合結果: the candidates, best first, and who was left out, by code."""

    candidates: tuple[Candidate, ...]
    excluded: tuple[Exclusion, ...]
