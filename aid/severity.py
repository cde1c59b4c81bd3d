"""How badly a municipality is hit, and what kinds of incident there are."""

from aid.labels import Labelled


class IncidentKind(Labelled):
    """災害の種別: what happened."""

    EARTHQUAKE = "earthquake", "地震"
    TSUNAMI = "tsunami", "津波"
    FLOOD = "flood", "洪水・大雨"
    STORM = "storm", "台風・暴風"
    NUCLEAR = "nuclear", "原子力災害"
    CYBER = "cyber", "サイバー攻撃"
    OTHER = "other", "その他の災害"


class Severity(Labelled):
    """被害の程度: seismic intensity on the JMA scale (from 4), or light/heavy for everything else."""

    FOUR = "4", "震度4"
    FIVE_LOWER = "5-", "震度5弱"
    FIVE_UPPER = "5+", "震度5強"
    SIX_LOWER = "6-", "震度6弱"
    SIX_UPPER = "6+", "震度6強"
    SEVEN = "7", "震度7"
    LIGHT = "light", "軽い被害"
    HEAVY = "heavy", "大きな被害"

    @property
    def label_en(self) -> str:
        return _LABELS_EN[self]

    @property
    def is_seismic(self) -> bool:
        return self in _SEISMIC

    @property
    def is_hit(self) -> bool:
        """Too badly hit to help others: 6-lower or more, or heavy."""
        return self in _HIT

    @property
    def is_shaken(self) -> bool:
        """5-lower or 5-upper: can help, but is asked later."""
        return self in _SHAKEN

    def is_at_least(self, other: "Severity") -> bool:
        """Whether this is as bad as `other` or worse; never true across the two scales."""
        return self.is_seismic is other.is_seismic and _ORDER[self] >= _ORDER[other]

    def is_valid_for(self, kind: IncidentKind) -> bool:
        return self in severities_for(kind)


_SEISMIC = (
    Severity.FOUR,
    Severity.FIVE_LOWER,
    Severity.FIVE_UPPER,
    Severity.SIX_LOWER,
    Severity.SIX_UPPER,
    Severity.SEVEN,
)
_DAMAGE = (Severity.LIGHT, Severity.HEAVY)
_ORDER = {severity: place for place, severity in enumerate(_SEISMIC + _DAMAGE)}
_SHAKEN = frozenset({Severity.FIVE_LOWER, Severity.FIVE_UPPER})
_HIT = frozenset({Severity.SIX_LOWER, Severity.SIX_UPPER, Severity.SEVEN, Severity.HEAVY})
_LABELS_EN = {
    Severity.FOUR: "intensity 4",
    Severity.FIVE_LOWER: "intensity 5-lower",
    Severity.FIVE_UPPER: "intensity 5-upper",
    Severity.SIX_LOWER: "intensity 6-lower",
    Severity.SIX_UPPER: "intensity 6-upper",
    Severity.SEVEN: "intensity 7",
    Severity.LIGHT: "light damage",
    Severity.HEAVY: "heavy damage",
}


def severities_for(kind: IncidentKind) -> tuple[Severity, ...]:
    """The severities that may be given for an incident of this kind, mildest first."""
    return _SEISMIC if kind is IncidentKind.EARTHQUAKE else _DAMAGE
