"""Who could help in a played world: by the same ranking as in a real disaster."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aid.ranking.geography import Position
from aid.ranking.partners import Footprint, Hit, Need, Partner, RankingTerms, Requester, rank
from aid.ranking.places import place
from aid.severity import IncidentKind, Severity
from aid.simulation.world import SimLine, SimMember, SimRequest, World
from inventory import catalogue

BEGAN = datetime(2026, 1, 15, tzinfo=UTC)
SEVERAL = 2


@dataclass(frozen=True, slots=True)
class Found:
    """候補: a line that could serve a request, its points and its distance (km)."""

    line: str
    points: int
    km: float


class Candidates:
    """候補: the partners for each request, best first; found once, when it is first asked for."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._layers: dict[str, list[dict[str, SimLine]]] = {}
        for line in world.lines:
            self._put(line)
        self._footprint = _footprint(world)
        self._found: dict[str, tuple[Found, ...]] = {}

    def of(self, request: SimRequest) -> tuple[Found, ...]:
        """Return who could serve a request, best first."""
        if request.key not in self._found:
            self._found[request.key] = self.ranked(request)
        return self._found[request.key]

    def ranked(self, request: SimRequest) -> tuple[Found, ...]:
        """Rank for one request, whether it was filed or is only expected."""
        layers = self._layers.get(request.kind, [])
        found = [each for layer in layers for each in self._ranked(request, layer)]
        return tuple(found if len(layers) < SEVERAL else sorted(found, key=lambda each: (each.points, each.line)))

    def _put(self, line: SimLine) -> None:
        """A member's second line of a kind goes to a layer of its own: the ranking knows one for each member."""
        layers = self._layers.setdefault(line.kind, [])
        for layer in layers:
            if line.member not in layer:
                layer[line.member] = line
                return
        layers.append({line.member: line})

    def _ranked(self, request: SimRequest, lines: dict[str, SimLine]) -> list[Found]:
        asker = self.world.member_of[request.requester]
        kind = catalogue.KINDS[request.kind]
        due = BEGAN + timedelta(minutes=request.within)
        need = Need(request.key, request.kind, request.quantity, due, kind.is_remote_possible)
        partners = [_partner(self.world.member_of[member], line) for member, line in lines.items()]
        here = Requester(asker.key, place(asker.key, asker.latitude, asker.longitude))
        ranking = rank(need, here, partners, self._footprint, RankingTerms(), BEGAN)
        return [Found(lines[each.member].key, each.score, each.distance_km or 0.0) for each in ranking.candidates]


def _footprint(world: World) -> Footprint:
    hits = [
        Hit(Position(member.latitude, member.longitude), Severity(member.severity))
        for member in world.members
        if member.severity and Severity(member.severity).is_hit
    ]
    return Footprint(IncidentKind.EARTHQUAKE, tuple(hits))


def _partner(member: SimMember, line: SimLine) -> Partner:
    return Partner(
        member=member.key,
        code=member.key,
        name=member.key,
        position=place(member.key, member.latitude, member.longitude),
        severity=Severity(member.severity) if member.severity else None,
        reported_unable=False,
        available=line.quantity,
        lead_time_hours=line.lead_time_hours,
        max_days=None,
        carried=0,
        capacity=line.quantity,
    )


def by_nearness(found: tuple[Found, ...]) -> list[Found]:
    """Sort candidates by distance alone, as people do who have a map and no plan."""
    return sorted(found, key=lambda each: (each.km, each.line))
