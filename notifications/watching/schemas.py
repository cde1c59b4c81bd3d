"""What operators are shown of the outbox: numbers, channels, gateways and codes, nobody's name or address."""

from datetime import datetime

from foundation.fields import View
from notifications.events import DeliveryStatus
from notifications.gateways.base import Channel, Verdict
from notifications.watching.judging import TroubleKind


class OutboxCountView(View):
    """配信の数: of one channel in one state; `oldest_at` is when the oldest of them was raised."""

    channel: Channel
    status: DeliveryStatus
    count: int
    oldest_at: datetime


class GatewayCountView(View):
    """送信路の結果: how many tries of the last hour ended how; `outcome` null: still under way."""

    gateway: str
    channel: Channel
    outcome: Verdict | None
    count: int


class StuckView(View):
    """滞っている配信: a message older than two minutes that is not handed over, and why.

    `reason`: the gateway's last code, or `untried`. `next_at` is when it is due (again); null while it is being sent.
    """

    delivery: str
    kind: str
    channel: Channel
    attempts: int
    gateway: str | None
    reason: str
    raised_at: datetime
    next_at: datetime | None


class TroubleView(View):
    """異常: as long as it lasts; `channel` null where it is of no one channel."""

    kind: TroubleKind
    channel: Channel | None
    count: int
    since_at: datetime
    told_at: datetime | None


class OutboxView(View):
    """送信箱の状況: what waits now, what was tried within a day, what is stuck, and what the watch found.

    `round_at` is when the watch last went round; `stuck` holds the 50 that are most urgent.
    """

    at: datetime
    round_at: datetime | None
    troubles: list[TroubleView]
    waiting: list[OutboxCountView]
    tried: list[OutboxCountView]
    gateways: list[GatewayCountView]
    stuck: list[StuckView]
