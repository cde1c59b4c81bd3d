"""What goes into ranking one line of a request, and what comes out."""

from dataclasses import dataclass
from datetime import datetime

from aid.geography import Position
from aid.reasons import Reason
from aid.severity import IncidentKind, Severity


@dataclass(frozen=True, slots=True)
class Need:
    """要請明細: what one line asks; `needed_by` is aware, `is_remote` says that nothing has to travel."""

    line: str
    kind: str
    quantity: int
    needed_by: datetime | None
    is_remote: bool
    spec: str | None = None


@dataclass(frozen=True, slots=True)
class Requester:
    """要請団体: who asks, and where it works now (its current seat)."""

    member: str
    position: Position | None


@dataclass(frozen=True, slots=True)
class Partner:
    """応援主体: one row per member, with all it has of the kind asked for.

    `severity` is its own from the footprint, `reported_unable` its own situation report (×);
    `available` is what is left of `capacity`, the total declared of this kind (0: not declared);
    `carried` is what it has already committed in open incidents.
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


@dataclass(frozen=True, slots=True)
class Hit:
    """被災地点: an affected municipality."""

    position: Position
    severity: Severity


@dataclass(frozen=True, slots=True)
class Footprint:
    """被害の範囲: which municipalities an incident affects, and how badly."""

    kind: IncidentKind
    hits: tuple[Hit, ...] = ()


@dataclass(frozen=True, slots=True)
class RankingTerms:
    """照合条件: limits and weights (points) of one agreement group, kept with the request."""

    near_km: float = 30.0
    wave_cover: float = 3.0
    wave_minimum: int = 3
    delay_cap_minutes: int = 3_600
    unknown_km: int = 1_500
    unknown_lead_hours: int = 24
    shortfall: int = 1_500
    shaken_lower: int = 750
    shaken_upper: int = 1_250
    lightly_hit: int = 750
    load: int = 2_500
    spec_unconfirmed: int = 3_000


@dataclass(frozen=True, slots=True)
class Candidate:
    """候補: a partner that could help; `quantity` is what it could give of the need."""

    member: str
    code: str | None
    name: str
    quantity: int
    rank: int
    wave: int
    distance_km: float | None
    score: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Exclusion:
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
