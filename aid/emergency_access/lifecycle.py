"""What may become of an emergency access: asked, opened by a second person or after a vain wait, ended, reviewed."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from aid.labels import Labelled

REVIEW_WITHIN = timedelta(days=7)
"""From the end to the day by which somebody has looked at what was read."""
REMINDED_BEFORE = timedelta(days=2)
"""How long before that day the owner is reminded."""
LAPSES_AFTER = timedelta(hours=4)
"""How late an access may still open by itself: what was urgent then has to be asked for anew."""
LONGEST, USUAL, SHORTEST = 240, 60, 15
"""Minutes for which one may be asked."""


class AccessState(Labelled):
    """緊急閲覧の状態: `unopened` was refused or lost its ground before anybody could read."""

    ASKED = "asked", "確認待ち"
    OPEN = "open", "閲覧中"
    ENDED = "ended", "終了（点検待ち）"
    REVIEWED = "reviewed", "点検済み"
    UNOPENED = "unopened", "不成立"


class AccessAct(Labelled):
    """緊急閲覧の操作: what is done with an emergency access; `go_on` is what time does where nobody confirms."""

    CONFIRM = "confirm", "確認"
    GO_ON = "go_on", "確認なしの開始"
    END = "end", "終了"
    REVIEW = "review", "点検"


class Opening(Labelled):
    """緊急閲覧の始まり方: whether a second person agreed."""

    CONFIRMED = "confirmed", "2人目が確認"
    UNATTENDED = "unattended", "確認する人に届かず"


class Ending(Labelled):
    """緊急閲覧の終わり方: who or what ended it."""

    TIME = "time", "時間切れ"
    LAPSED = "lapsed", "開始できないままの失効"
    OWNER = "owner", "所有団体による終了"
    READER = "reader", "閲覧した団体による終了"
    INCIDENT = "incident", "災害の終了"
    COMMITMENT = "commitment", "応援決定の終了"
    PERMISSION = "permission", "承諾または協定条件の取消し"


_STEPS: Mapping[tuple[AccessState, AccessAct], AccessState] = {
    (AccessState.ASKED, AccessAct.CONFIRM): AccessState.OPEN,
    (AccessState.ASKED, AccessAct.GO_ON): AccessState.OPEN,
    (AccessState.ASKED, AccessAct.END): AccessState.UNOPENED,
    (AccessState.OPEN, AccessAct.END): AccessState.ENDED,
    (AccessState.ENDED, AccessAct.REVIEW): AccessState.REVIEWED,
}
LIVE = (AccessState.ASKED.value, AccessState.OPEN.value)
"""What stands in the database of an access that may still be read by, unless its time is over."""


def after(state: AccessState, act: AccessAct) -> AccessState | None:
    """Return where an act leads, or None where it can't be done."""
    return _STEPS.get((state, act))


def standing(state: AccessState, until_at: datetime | None, now: datetime) -> AccessState:
    """Return how an access stands at an instant: its end needs no act of anybody."""
    is_over = state is AccessState.OPEN and until_at is not None and until_at <= now
    return AccessState.ENDED if is_over else state
