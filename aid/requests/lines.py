"""From drafted lines to what is really asked: kinds are known, missions become their lines."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from aid import missions
from aid.requests.schemas import LineDraft
from foundation.problems import FieldError, Invalid
from inventory import catalogue


@dataclass(frozen=True, slots=True)
class Asked:
    """要請明細: one line that can be asked of partners."""

    kind: str
    quantity: int
    draft: LineDraft


def resolve(drafts: Sequence[LineDraft], *, at: str = "/lines") -> list[Asked]:
    """Return the lines that are asked. Raises Invalid naming every line that can't be."""
    errors: list[FieldError] = []
    asked: list[Asked] = []
    for number, draft in enumerate(drafts):
        found = list(_errors(draft, f"{at}/{number}"))
        errors += found
        if not found:
            asked += _asked(draft)
    if errors:
        raise Invalid(*errors)
    return _merged(asked)


def unknown_or_repeated(named: Sequence[str], known: Collection[str]) -> list[FieldError]:
    """Return an error for each named line that is none of the request's, or named twice."""
    return [
        FieldError(
            f"/lines/{number}/line",
            "unknown-line",
            "この要請の明細ではないか、同じ明細が二度書かれています。明細ごとに一行にしてください。",
            "This is no line of the request, or is named twice; give each line once.",
        )
        for number, line in enumerate(named)
        if line not in known or line in named[:number]
    ]


def _errors(draft: LineDraft, at: str) -> Iterator[FieldError]:
    if draft.mission is not None:
        yield from _mission_errors(draft, at)
        return
    if draft.kind is None:
        yield FieldError(
            f"{at}/kind", "missing", "品目 (kind) か目的 (mission) を指定してください。", "Give a kind or a mission."
        )
    elif catalogue.find(draft.kind) is None:
        yield FieldError(
            f"{at}/kind",
            "unknown-kind",
            "この品目はありません。GET /api/catalogue の一覧から選んでください。",
            "There is no such kind; choose one of GET /api/catalogue.",
        )
    if draft.quantity is None:
        yield FieldError(f"{at}/quantity", "missing", "数量を入力してください。", "Give a quantity.")


def _mission_errors(draft: LineDraft, at: str) -> Iterator[FieldError]:
    assert draft.mission is not None
    if missions.find(draft.mission) is None:
        yield FieldError(
            f"{at}/mission",
            "unknown-mission",
            "この目的はありません。GET /api/missions の一覧から選んでください。",
            "There is no such mission; choose one of GET /api/missions.",
        )
    if draft.kind is not None or draft.quantity is not None:
        yield FieldError(
            f"{at}/mission",
            "mission-with-kind",
            "目的 (mission) と品目・数量は同じ行に書けません。行を分けてください。",
            "A mission and a kind can't share a line; use two lines.",
        )


def _asked(draft: LineDraft) -> Iterator[Asked]:
    mission = missions.find(draft.mission) if draft.mission else None
    if mission is not None:
        for line in mission.lines:
            yield Asked(line.kind, line.quantity, draft)
    elif draft.kind is not None and draft.quantity is not None:
        yield Asked(draft.kind, draft.quantity, draft)


def _merged(asked: Sequence[Asked]) -> list[Asked]:
    """Join lines that two missions suggest alike; what a person wrote as two lines stays two lines."""
    merged: list[Asked] = []
    for line in asked:
        twin = next(
            (each for each in merged if each.kind == line.kind and each.draft.mission and line.draft.mission), None
        )
        if twin is None:
            merged.append(line)
        else:
            merged[merged.index(twin)] = replace(twin, quantity=twin.quantity + line.quantity)
    return merged
