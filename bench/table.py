"""What was measured, as one table: the ratio first, absolute figures as context."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from unicodedata import east_asian_width


@dataclass(frozen=True, slots=True)
class Row:
    """One measure: ours and the baseline's, round by round. `aim` is what the ratio should be."""

    measure: str
    engine: str
    unit: str
    ours: Sequence[float]
    baseline: Sequence[float]
    aim: str = ""

    @property
    def ratios(self) -> list[float]:
        return [ours / baseline for ours, baseline in zip(self.ours, self.baseline, strict=True) if baseline]

    def cells(self) -> tuple[str, ...]:
        ratios = self.ratios
        return (
            self.measure,
            self.engine,
            _short(median(ratios)),
            f"{_short(min(ratios))}–{_short(max(ratios))}",
            self.aim,
            f"{_short(median(self.ours))} {self.unit}",
            f"{_short(median(self.baseline))} {self.unit}",
        )


HEAD = ("measure", "engine", "ratio", "min–max", "aim", "ours", "baseline")


def show(rows: Sequence[Row]) -> str:
    """Return the table in Markdown."""
    lines = [HEAD, *(row.cells() for row in rows)]
    widths = [max(_width(line[column]) for line in lines) for column in range(len(HEAD))]
    shown = [_line(line, widths) for line in lines]
    return "\n".join([shown[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *shown[1:]])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (width - _width(cell)) for cell, width in zip(cells, widths, strict=True))
    return "| " + " | ".join(padded) + " |"


def _width(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _short(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
