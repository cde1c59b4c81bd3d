"""Charts as SVG, drawn plainly: lines over an axis of numbers, and bars with their figures written beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 64, 32, 56, 56
ROW = 34
COLOURS = ("#b3261e", "#c77700", "#1b6ca8", "#5f6b76", "#2e7d32", "#6a3d9a")
"""Told apart by people who see red and green alike, by lightness; dashes tell them apart, too."""
INK = "#1f2933"
DASHES = ("", "8 4", "2 4", "12 4 2 4", "4 4", "16 4")
TICKS = 4
LEGEND = 22
SAMPLE = 48


@dataclass(frozen=True, slots=True)
class Axis:
    """軸: what it shows and how far it goes, from 0."""

    label: str
    most: float


def lines(title: str, x: Axis, y: Axis, drawn: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """Draw named lines of (x, y) points."""
    parts = [_text(LEFT, 24, title, size=16, weight="bold"), *_grid(x, y)]
    for number, (name, points) in enumerate(drawn.items()):
        look = _look(number)
        path = " ".join(f"{_across(each[0], x):.1f},{_up(each[1], y):.1f}" for each in points)
        below = HEIGHT + number * LEGEND
        parts += [
            f'<polyline points="{path}" fill="none" {look}/>',
            f'<line x1="{LEFT}" y1="{below}" x2="{LEFT + SAMPLE}" y2="{below}" {look}/>',
            _text(LEFT + SAMPLE + 12, below + 4, name),
        ]
    return _svg(title, HEIGHT + len(drawn) * LEGEND, parts)


def _look(number: int) -> str:
    colour, dash = COLOURS[number % len(COLOURS)], DASHES[number % len(DASHES)]
    return f'stroke="{colour}" stroke-width="2.5" stroke-dasharray="{dash}"'


def bars(title: str, unit: str, values: Mapping[str, float]) -> str:
    """Draw a bar for each name, with its figure."""
    most = max([*values.values(), 0.0]) or 1.0
    room = WIDTH - 220 - 110
    parts = [_text(16, 24, title, size=16, weight="bold")]
    for number, (name, value) in enumerate(values.items()):
        top = TOP + number * ROW
        parts += [
            _text(208, top + 18, name, anchor="end"),
            f'<rect x="220" y="{top}" width="{room * value / most:.1f}" height="{ROW - 10}" fill="{COLOURS[2]}"/>',
            _text(228 + room * value / most, top + 18, f"{_figure(value)}{unit}"),
        ]
    return _svg(title, TOP + len(values) * ROW + 16, parts)


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def _grid(x: Axis, y: Axis) -> list[str]:
    parts = []
    for tick in range(TICKS + 1):
        up, across = _up(y.most * tick / TICKS, y), _across(x.most * tick / TICKS, x)
        parts += [
            f'<line x1="{LEFT}" y1="{up:.1f}" x2="{WIDTH - RIGHT}" y2="{up:.1f}" stroke="#d5dae0"/>',
            _text(LEFT - 8, up + 4, f"{y.most * tick / TICKS:g}", anchor="end"),
            _text(across, HEIGHT - BOTTOM + 18, f"{x.most * tick / TICKS:g}", anchor="middle"),
        ]
    middle = LEFT + (WIDTH - RIGHT - LEFT) / 2
    return [*parts, _text(middle, HEIGHT - 20, x.label, anchor="middle"), _text(LEFT, TOP - 8, y.label)]


def _across(value: float, axis: Axis) -> float:
    return LEFT + (WIDTH - RIGHT - LEFT) * value / axis.most


def _up(value: float, axis: Axis) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / axis.most


def _text(
    x: float,
    y: float,
    text: str,
    *,
    size: int = 12,
    weight: str = "normal",
    anchor: str = "start",
) -> str:
    style = f'font-size="{size}" font-weight="{weight}" text-anchor="{anchor}" fill="{INK}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(text)}</text>'


def _svg(title: str, height: int, parts: Sequence[str]) -> str:
    inside = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" font-family="sans-serif">\n<title>{escape(title)}</title>\n'
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>\n{inside}\n</svg>\n'
    )
