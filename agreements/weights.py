"""How partners are ranked in a group: limits, and points for each circumstance (fewer points rank first)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Weights:
    """照合の重み: whole numbers. A point is worth a minute of waiting unless the group weighs it otherwise.

    `…_points` are the most that a circumstance costs; `…_hour` are points for each hour.
    """

    near_km: int = 30
    silent_days: int = 30
    least_fit: int = 300
    late_percent: int = 50
    nda_required: bool = False
    associates_may_handle_data: bool = False
    delay_cap_minutes: int = 3_600
    unknown_km: int = 1_500
    unknown_lead_hours: int = 24
    goods_hour: int = 60
    people_hour: int = 60
    late_hour: int = 120
    shortfall: int = 1_500
    unfit: int = 2_000
    spec_unconfirmed: int = 3_000
    other_package: int = 1_000
    other_vendor: int = 500
    shaken_lower: int = 750
    shaken_upper: int = 1_250
    lightly_hit: int = 750
    hazard: int = 150
    hazard_km: int = 60
    shared_data_centre: int = 300
    load: int = 2_500
    answers: int = 600
    short_stay: int = 300
    conditions: int = 60
    cost_talks: int = 120
    no_nda: int = 240

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON column."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote; what an older version did not weigh yet has its default."""
        return cls(**{each.name: stored[each.name] for each in fields(cls) if each.name in stored})
