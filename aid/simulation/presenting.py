"""A played day for people: the charts and the page that holds them."""

from collections import Counter
from collections.abc import Mapping, Sequence

from aid.simulation import charts
from aid.simulation.charts import Axis
from aid.simulation.ledger import Ledger
from aid.simulation.playing import Played
from aid.simulation.world import HORIZON, MINUTES, World, worth

STEP = 15.0
"""Minutes between the points of a line."""
PERCENT = 100.0
HOURS = HORIZON / MINUTES


def report(
    world: World, played: Mapping[str, Played], names: Mapping[str, str], words: Mapping[str, str]
) -> dict[str, str]:
    """Return the files of a report by name; the first of `played` is the one that is drawn over time."""
    first = next(iter(played))
    files = {
        "covered.svg": covered(played[first].ledger, names[first]),
        "load.svg": load({names[policy]: each.ledger for policy, each in played.items()}),
    }
    for key in ("messages_per_unit", "declined_units", "double_commitments", "unmet"):
        values = {names[policy]: float(each.figures[key] or 0) for policy, each in played.items()}
        files[f"{key}.svg"] = charts.bars(words[key], "", values)
    files["report.md"] = page(world, played, names, words, sorted(files))
    return files


def covered(ledger: Ledger, name: str) -> str:
    """Draw the share of what was asked that was promised, over the day, by priority."""
    requests = {request.key: request for request in ledger.world.requests}
    whole: Counter[int] = Counter()
    for request in requests.values():
        whole[request.priority] += request.quantity * worth(request.kind)
    drawn = {}
    for priority in sorted(whole):
        events = [
            (given.at, given.units * worth(requests[given.request].kind))
            for given in ledger.given
            if requests[given.request].priority == priority
        ]
        drawn[f"優先度{priority}"] = _over_time(events, whole[priority])
    title = f"満たされた割合（優先度別）: {name}"
    return charts.lines(title, Axis("発災からの時間", HOURS), Axis("%", PERCENT), drawn)


def _over_time(events: Sequence[tuple[float, int]], whole: int) -> list[tuple[float, float]]:
    points, reached, number = [], 0, 0
    for step in range(int(HORIZON / STEP) + 1):
        while number < len(events) and events[number][0] <= step * STEP:
            reached += events[number][1]
            number += 1
        points.append((step * STEP / MINUTES, PERCENT * reached / whole))
    return points


def load(ledgers: Mapping[str, Ledger]) -> str:
    """Draw what share of its declared things each partner gave, the most loaded first."""
    drawn = {name: _shares(ledger) for name, ledger in ledgers.items()}
    most = max((len(points) for points in drawn.values()), default=1)
    return charts.lines(
        "応援団体ごとの負担", Axis("団体（負担の大きい順）", most), Axis("申告した量に対する%", PERCENT), drawn
    )


def _shares(ledger: Ledger) -> list[tuple[float, float]]:
    declared: Counter[str] = Counter()
    gave: Counter[str] = Counter()
    for line in ledger.world.lines:
        declared[line.member] += line.quantity * worth(line.kind)
    for given in ledger.given:
        line = ledger.world.line_of[given.line]
        gave[line.member] += given.units * worth(line.kind)
    shares = sorted((min(gave[member] / most, 1.0) for member, most in declared.items() if most), reverse=True)
    return [(float(place), PERCENT * share) for place, share in enumerate(shares, start=1)]


def page(
    world: World,
    played: Mapping[str, Played],
    names: Mapping[str, str],
    words: Mapping[str, str],
    pictures: Sequence[str],
) -> str:
    """Return the report as Markdown."""
    table = [
        ["", *(names[policy] for policy in played)],
        ["---"] * (len(played) + 1),
        *([words[key], *(_shown(each.figures[key]) for each in played.values())] for key in words),
    ]
    body = "\n".join(f"| {' | '.join(row)} |" for row in table)
    shown = "\n\n".join(f"![{picture}]({picture})" for picture in pictures)
    return (
        f"# 架空の災害の一日: {world.name}（種 {world.seed}）\n\n"
        f"{len(world.members)}団体、要請 {len(world.requests)}件。団体の位置のほかは、すべて架空のデータです。\n\n"
        f"{body}\n\n{shown}\n"
    )


def _shown(value: float | None) -> str:
    return "—" if value is None else f"{value:,}"
