"""What really happened on a played day: nobody gives more than they have, and every message is counted."""

from collections import Counter
from dataclasses import dataclass, field

from aid.simulation.world import World, pool_of


@dataclass(frozen=True, slots=True)
class Given:
    """決定: units that a request got, and when (minutes)."""

    at: float
    request: str
    line: str
    units: int


@dataclass
class Ledger:
    """記録: the truth about what is left, and who got what; `log` is what `--log` writes."""

    world: World
    messages: int = 0
    promised_twice: int = 0
    declined: int = 0
    given: list[Given] = field(default_factory=list)
    heard: Counter[str] = field(default_factory=Counter)
    log: list[dict[str, object]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._left = {line.key: line.available for line in self.world.lines}
        self._pools = {f"{member.key}|ict": member.ict for member in self.world.members}
        self._pools |= {f"{member.key}|other": member.other for member in self.world.members}
        self.missing = {request.key: request.quantity for request in self.world.requests}

    def available(self, line: str) -> int:
        """Return what a partner could still give."""
        pool = pool_of(self.world.line_of[line])
        left = self._left[line]
        return min(left, self._pools[pool]) if pool else left

    def take(self, at: float, request: str, line: str, units: int) -> int:
        """Let a request have up to so many units; return how many it got."""
        taken = min(units, self.available(line), self.missing[request])
        if taken <= 0:
            return 0
        self._left[line] -= taken
        if pool := pool_of(self.world.line_of[line]):
            self._pools[pool] -= taken
        self.missing[request] -= taken
        self.given.append(Given(at, request, line, taken))
        self.note(at, "commitment", request, line, taken)
        return taken

    def tell(self, member: str, messages: int = 1) -> None:
        """Count messages to a member."""
        self.messages += messages
        self.heard[member] += messages

    def note(self, at: float, what: str, request: str, line: str, units: int = 0) -> None:
        """Keep what happened, for the log."""
        self.log.append({"at": round(at, 2), "what": what, "request": request, "line": line, "units": units})
