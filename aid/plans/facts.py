"""The facts of a round as they were read: plain values and inquiries, from which it is planned with no database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from agreements.terms import Terms
from aid.plans.believing import Beliefs
from aid.requests.gathering import Inquiry
from inventory.stock import Stock


@dataclass(frozen=True, slots=True)
class SeenLine:
    """未充足の品目: what neither commitments nor offers cover, and what its ranking depends on."""

    id: str
    position: int
    kind: str
    missing: int
    inquiry: Inquiry


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """未充足の要請: `asked` need not be asked (again); `minutes` is how long partners may take to answer."""

    id: str
    number: str
    priority: int
    minutes: int
    asked: frozenset[str]
    lines: Sequence[SeenLine]


@dataclass(frozen=True, slots=True)
class Decision:
    """指示: a rule of people as it stands."""

    kind: str
    request: str
    line: str | None
    member: str | None
    quantity: int | None
    priority: int | None


@dataclass(frozen=True, slots=True)
class Coming:
    """見込みの前提: the hit members by code, and what one that stands for them would be ranked by.

    `inquiries` are by its code and how urgently it would ask, kind by kind.
    """

    hours: float
    hit: Sequence[str]
    inquiries: Mapping[tuple[str, int], Mapping[str, Inquiry]]


@dataclass(frozen=True, slots=True)
class Facts:
    """計画の事実: all that a round has read. `codes` by member: what names it in a plan; no `coming`: None."""

    planning: str
    at: datetime
    is_held: bool
    terms: Terms
    codes: Mapping[str, str]
    requests: Sequence[SeenRequest]
    beliefs: Beliefs
    stocks: Sequence[Stock]
    coming: Coming | None
    decisions: Sequence[Decision]
