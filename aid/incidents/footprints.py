"""Judging a footprint as it was typed: every slip is named at its place."""

from collections.abc import Iterator, Sequence

from agreements import codes, directory
from aid.incidents.schemas import AffectedDraft
from aid.severity import IncidentKind, severities_for
from foundation.problems import FieldError, Invalid


def check(kind: IncidentKind, areas: Sequence[AffectedDraft]) -> None:
    """Raise Invalid with all that is wrong."""
    errors = [*_wrong_codes(areas), *_wrong_severities(kind, areas)]
    if errors:
        raise Invalid(*errors)


def _wrong_codes(areas: Sequence[AffectedDraft]) -> Iterator[FieldError]:
    seen: set[str] = set()
    for index, area in enumerate(areas):
        pointer = f"/affected/{index}/municipality"
        code = area.municipality
        if not codes.is_valid(code):
            yield FieldError(
                pointer,
                "check-digit",
                f"団体コード {code} の検査数字が合いません。6桁すべてを確かめてください。",
                f"The check digit of {code} is wrong; check all six digits.",
            )
        elif directory.find(code) is None:
            yield FieldError(
                pointer,
                "unknown-municipality",
                f"団体コード {code} の自治体はありません。自治体の一覧から選んでください。",
                f"There is no municipality {code}; choose it from the list.",
            )
        elif code in seen:
            yield FieldError(
                pointer,
                "duplicate",
                f"団体コード {code} が二度あります。どちらか一方にしてください。",
                f"{code} is given twice; keep one of them.",
            )
        seen.add(code)


def _wrong_severities(kind: IncidentKind, areas: Sequence[AffectedDraft]) -> Iterator[FieldError]:
    fitting = severities_for(kind)
    values = ", ".join(severity.value for severity in fitting)
    for index, area in enumerate(areas):
        if area.severity not in fitting:
            yield FieldError(
                f"/affected/{index}/severity",
                "severity-of-other-kind",
                f"この災害の種別では次のいずれかを選んでください: {values}",
                f"For this kind of incident choose one of: {values}",
            )
