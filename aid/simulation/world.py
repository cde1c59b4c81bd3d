"""A world to try policies on: members, what they hold, who asks when, and what nobody knows beforehand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from math import exp
from statistics import NormalDist

from aid.allocation.problem import REQUEST_WORTH
from aid.plans.forecast import SHARES, USUAL
from inventory import catalogue
from inventory.catalogue import Category

MINUTES = 60.0
HORIZON = 24 * MINUTES
"""How long the day lasts that is played, in minutes."""
MEDIAN_DELAY = 30.0
DELAY_SPREAD = 1.0
REFUSING = 0.1
"""Share of pairs in which a partner that has the thing does not give it for this request."""
SPEAKING = 0.5
"""Share of those who refuse that say so."""
TYPICAL: Mapping[str, int] = {kind: USUAL[kind] for kind in SHARES}
"""The kinds that are asked for in a made-up disaster and how much one usual request asks."""
TYPICAL_OF: Mapping[Category, int] = {Category.EQUIPMENT: 5, Category.PEOPLE: 2, Category.SERVICE: 1}
"""How much a usual request asks of any other kind."""
OTHER_STAFF = frozenset(
    {"staff_certificates", "staff_victim_support", "staff_call_centre", "staff_safety_enquiry", "substitute_counter"}
)
_STAFF = {kind.key for kind in catalogue.KINDS.values() if kind.category is Category.PEOPLE}
ICT_STAFF = frozenset({*_STAFF, "data_restore"} - OTHER_STAFF)


@dataclass(frozen=True, slots=True)
class SimMember:
    """架空の団体: `severity` as in a footprint; `ict` and `other` are the people that may be away at once.

    `said_yes` of `asked` calls were answered with yes before.
    """

    key: str
    latitude: float
    longitude: float
    severity: str | None
    ict: int
    other: int
    said_yes: int = 0
    asked: int = 0


@dataclass(frozen=True, slots=True)
class SimLine:
    """架空の支援可能内容: `available` is hidden: what it really can give on that day."""

    key: str
    member: str
    kind: str
    quantity: int
    lead_time_hours: int
    available: int


@dataclass(frozen=True, slots=True)
class SimRequest:
    """架空の要請: filed `at` minutes after the start, needed `within` minutes of that."""

    key: str
    at: float
    requester: str
    kind: str
    quantity: int
    priority: int
    within: float


@dataclass(frozen=True, slots=True)
class Answer:
    """隠れた回答: minutes until it comes, whether the partner would give, whether it says so if not."""

    after: float
    is_willing: bool
    speaks: bool


@dataclass(frozen=True)
class World:
    """世界: everything that happens is fixed by it, so that every policy meets the same day."""

    name: str
    members: Sequence[SimMember]
    lines: Sequence[SimLine]
    requests: Sequence[SimRequest]
    seed: int = 0
    answers: Mapping[tuple[str, str], Answer] | None = None

    @cached_property
    def member_of(self) -> Mapping[str, SimMember]:
        """The members by key."""
        return {member.key: member for member in self.members}

    @cached_property
    def line_of(self) -> Mapping[str, SimLine]:
        """The lines by key."""
        return {line.key: line for line in self.lines}

    def answer(self, request: str, line: str) -> Answer:
        """Return how a partner answers when it is asked: given, or drawn from the seed, always the same."""
        if self.answers and (given := self.answers.get((request, line))):
            return given
        delay = MEDIAN_DELAY * exp(DELAY_SPREAD * _NORMAL.inv_cdf(self.chance(request, line, "delay")))
        return Answer(
            delay,
            is_willing=self.chance(request, line, "willing") >= REFUSING,
            speaks=self.chance(request, line, "speaks") < SPEAKING,
        )

    def chance(self, *what: str) -> float:
        """Return a number between 0 and 1 that belongs to something of this world."""
        return chance(self.seed, *what)


_NORMAL = NormalDist()


def chance(seed: int, *what: str) -> float:
    """Return a number between 0 and 1, never either, the same on every machine."""
    drawn = blake2b("|".join((str(seed), *what)).encode(), digest_size=8).digest()
    return (int.from_bytes(drawn, "big") + 0.5) / 2**64


def worth(kind: str) -> int:
    """Return a unit's worth, so that a usual request of any kind weighs 1,000."""
    return REQUEST_WORTH // TYPICAL.get(kind, TYPICAL_OF[catalogue.KINDS[kind].category])


def pool_of(line: SimLine) -> str | None:
    """Return the key of the pool of people that a line draws from."""
    if line.kind in ICT_STAFF:
        return f"{line.member}|ict"
    return f"{line.member}|other" if line.kind in OTHER_STAFF else None
