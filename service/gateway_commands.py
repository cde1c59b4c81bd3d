"""`yuimaru gateways test NAME ADDRESS`, as whoever has the database open carries it out."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from foundation.actor import Actor
from foundation.fields import Line, Schema
from notifications import proving
from notifications.events import DeliveryStatus
from notifications.permissions import TEST_GATEWAYS
from notifications.schemas import GatewayTestDraft, GatewayTestView, TestTryView
from service.errors import RefusedError
from service.house import House

PATIENCE = 40.0
"""Seconds for which an answer is waited for: a gateway has thirty."""
PAUSE = 0.5
OPERATOR = Actor(person=None, name="運用", member=None, is_operator=True, permissions=frozenset({TEST_GATEWAYS}))
_UNDER_WAY = {DeliveryStatus.QUEUED, DeliveryStatus.SENDING}
_SAID = {
    "accepted": "受け付けられました",
    "temporary": "今は受け付けられません",
    "permanent": "この宛先には送れないと回答がありました",
    "unknown": "渡しましたが応答がありません（届いている可能性があります）",
}


class GatewayTestWanted(Schema):
    """送信路の試験: which gateway, to which address."""

    gateway: Line
    address: Line
    patience: Annotated[float, Field(ge=0, le=PATIENCE)] = PATIENCE


async def test(house: House, wanted: GatewayTestWanted) -> str:
    """Send a test by a gateway and wait for what it says."""
    gateway = house.gateways.named(wanted.gateway)
    if gateway is None:
        known = ", ".join(each.name for each in house.gateways.mail + house.gateways.sms)
        raise RefusedError(f"送信路 {wanted.gateway} はありません。あるのは {known} です。")
    draft = GatewayTestDraft(address=wanted.address)
    found = await house.database.write(proving.begin, OPERATOR, gateway, draft)
    loop = asyncio.get_running_loop()
    until = loop.time() + wanted.patience
    while not _is_answered(found) and loop.time() < until:
        await asyncio.sleep(PAUSE)
        found = await house.database.read(proving.result, found.id)
    return _in_words(found)


def _is_answered(found: GatewayTestView) -> bool:
    return found.status not in _UNDER_WAY or any(each.finished_at for each in found.tries)


def _in_words(found: GatewayTestView) -> str:
    answered: Sequence[TestTryView] = [each for each in found.tries if each.finished_at]
    if not answered:
        return (
            f"試験 {found.id} は送信待ちです。常駐処理（yuimaru serve または worker）が動いているか確かめてください。"
        )
    last = answered[-1]
    code = f"（{last.code}）" if last.code else ""
    return f"送信路 {found.gateway}: {_SAID[last.state]}{code}。試験 {found.id}"
