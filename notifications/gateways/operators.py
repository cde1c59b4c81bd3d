"""Who is told when the outbox itself is in trouble: straight through the gateways, never by way of the outbox."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from foundation.ids import new_id
from notifications import mail, phones
from notifications.gateways.base import LONGEST_SEND, Channel, Gateway, Message, Outcome, Verdict

SETTING = "YUIMARU_OPERATOR_URLS"
_THREAD = "yuimaru-watch"
Lanes = Callable[[Channel], Sequence[Gateway]]
"""The gateways of a channel, in order of preference."""
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Operator:
    """運用者の宛先: where one operator is reached."""

    channel: Channel
    to: str

    def __repr__(self) -> str:
        return f"Operator({self.channel})"


def operators(urls: Sequence[str]) -> tuple[Operator, ...]:
    """Read the setting: `mailto:ADDRESS` and `sms:+81…`. ValueError names setting and place, not the address."""
    return tuple(_operator(url, f"{SETTING} #{number}") for number, url in enumerate(urls, start=1))


def _operator(url: str, place: str) -> Operator:
    scheme, _, to = url.partition(":")
    try:
        if scheme == "mailto":
            mail.mailbox(to)
            return Operator(Channel.EMAIL, to)
        if scheme == "sms":
            return Operator(Channel.SMS, phones.normalise(to))
    except (mail.BadAddress, phones.BadPhone):
        raise ValueError(f"{place}: no address that can be written to") from None
    raise ValueError(f"{place}: the scheme is none of mailto, sms")


@dataclass(frozen=True, slots=True)
class Words:
    """知らせの文面: the same news as a mail and as an SMS."""

    subject: str
    body: str
    sms: str

    def message(self, to: Operator) -> Message:
        if to.channel is Channel.EMAIL:
            return Message(new_id(), to.to, self.body, self.subject, _THREAD)
        return Message(new_id(), to.to, self.sms)


async def tell(gateways: Lanes, to: Sequence[Operator], words: Words, *, broken: Sequence[str] = ()) -> int:
    """Tell operators by the channels that are sound, and by the others only if those reach nobody.

    Returns how many messages a gateway took over.
    """
    sound = [each for each in to if each.channel not in broken]
    others = [each for each in to if each.channel in broken]
    told = 0
    for those in (sound, others):
        told = told or sum([await _is_told(gateways, each.channel, words.message(each)) for each in those])
    return told


async def _is_told(gateways: Lanes, channel: Channel, message: Message) -> bool:
    """Hand the message to the first gateway of the channel that takes it."""
    for gateway in gateways(channel):
        outcome = await _sent(gateway, message)
        log.info("operator_told", gateway=gateway.name, verdict=outcome.verdict.value, code=outcome.code)
        if outcome.verdict is Verdict.ACCEPTED:
            return True
    return False


async def _sent(gateway: Gateway, message: Message) -> Outcome:
    try:
        async with asyncio.timeout(LONGEST_SEND):
            return await gateway.send(message)
    except Exception:
        log.exception("a gateway failed", gateway=gateway.name)
        return Outcome(Verdict.UNKNOWN, code="defect")
