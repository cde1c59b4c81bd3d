"""Who is told when the outbox itself is in trouble: straight through the gateways, never by way of the outbox."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from foundation.ids import new_id
from notifications import mail, phones
from notifications.gateways.apprise import AppriseGateway
from notifications.gateways.base import LONGEST_SEND, Channel, Gateway, Message, Outcome, Verdict

SETTING = "YUIMARU_OPERATOR_URLS"
_THREAD = "yuimaru-watch"
_APPRISE = "apprise:"
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


@dataclass(frozen=True, slots=True)
class Operators:
    """運用者: by mail and SMS through the gateways, and elsewhere (chat, push) past them."""

    people: tuple[Operator, ...] = ()
    elsewhere: AppriseGateway | None = None

    async def close(self) -> None:
        """Let go of what is kept open."""
        if self.elsewhere is not None:
            await self.elsewhere.close()


def operators(urls: Sequence[str], *, mark: str = "") -> Operators:
    """Read the setting: `mailto:ADDRESS`, `sms:+81…`, `apprise:URL`; `mark` stands in front where no gateway puts it.

    ValueError names setting and place, not the address.
    """
    numbered = [(f"{SETTING} #{number}", url) for number, url in enumerate(urls, start=1)]
    people = tuple(_operator(url, place) for place, url in numbered if not url.startswith(_APPRISE))
    others = [url.removeprefix(_APPRISE) for url in urls if url.startswith(_APPRISE)]
    try:
        return Operators(people, AppriseGateway(others, mark=mark) if others else None)
    except ValueError as fault:
        raise ValueError(f"{SETTING}, {_APPRISE} {fault}") from None


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
    raise ValueError(f"{place}: the scheme is none of mailto, sms, apprise")


@dataclass(frozen=True, slots=True)
class Words:
    """知らせの文面: the same news as a mail and as an SMS."""

    subject: str
    body: str
    sms: str

    def post(self) -> Message:
        """Return the news for a chat."""
        return Message(new_id(), "", self.sms, self.subject)

    def message(self, to: Operator) -> Message:
        if to.channel is Channel.EMAIL:
            return Message(new_id(), to.to, self.body, self.subject, _THREAD)
        return Message(new_id(), to.to, self.sms)


async def tell(gateways: Lanes, to: Operators, words: Words, *, broken: Sequence[str] = ()) -> int:
    """Tell operators elsewhere and by the channels that are sound, and by the others only if those reach nobody.

    Returns how many messages were taken over.
    """
    sound = [each for each in to.people if each.channel not in broken]
    others = [each for each in to.people if each.channel in broken]
    told = int(to.elsewhere is not None and await _is_taken(to.elsewhere, words.post()))
    told += sum([await _is_told(gateways, each.channel, words.message(each)) for each in sound])
    return told or sum([await _is_told(gateways, each.channel, words.message(each)) for each in others])


async def _is_told(gateways: Lanes, channel: Channel, message: Message) -> bool:
    """Hand the message to the first gateway of the channel that takes it."""
    for gateway in gateways(channel):
        if await _is_taken(gateway, message):
            return True
    return False


async def _is_taken(gateway: Gateway | AppriseGateway, message: Message) -> bool:
    outcome = await _sent(gateway, message)
    log.info("operator_told", gateway=gateway.name, verdict=outcome.verdict.value)
    return outcome.verdict is Verdict.ACCEPTED


async def _sent(gateway: Gateway | AppriseGateway, message: Message) -> Outcome:
    try:
        async with asyncio.timeout(LONGEST_SEND):
            return await gateway.send(message)
    except Exception:
        log.exception("a gateway failed", gateway=gateway.name)
        return Outcome(Verdict.UNKNOWN, code="defect")
