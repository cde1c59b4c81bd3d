"""What people are shown of reachability: results and scores, never an address or number."""

from datetime import datetime
from typing import Literal

from foundation.fields import View
from notifications.events import Via


class TestView(View):
    """連絡手段の確認: one test of a member; `started_by` null: begun by the year."""

    __test__ = False

    id: str
    member: str
    started_by: str | None
    started_at: datetime
    closes_at: datetime
    sent: int
    acknowledged: int


class ChannelStandingView(View):
    """連絡手段の状況: one mail or SMS channel of a contact; `person` null for a desk's.

    `state`: acknowledged within the time that counts, failed, waiting for an answer, or never tested or too long ago.
    """

    channel: str
    person: str | None
    name: str
    kind: Literal["email", "sms"]
    state: Literal["acknowledged", "failed", "waiting", "unproven"]
    sent_at: datetime | None
    acknowledged_at: datetime | None
    via: Via | None
    failed_at: datetime | None


class StandingView(View):
    """自団体の連絡手段の確認: score, channels, and the test that is open, if any."""

    member: str
    municipality: str | None
    acknowledged: int
    owed: int
    months: int
    test: TestView | None
    channels: list[ChannelStandingView]


class MemberScoreView(View):
    """構成団体の得点: how many of the channels owed are acknowledged; nobody's name, address or number."""

    member: str
    municipality: str | None
    name: str
    acknowledged: int
    owed: int
    percent: int
    last_tested_at: datetime | None
    is_open: bool


class GroupScoresView(View):
    """グループの得点表."""

    items: list[MemberScoreView]
