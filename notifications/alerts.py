"""Whom an alert is for and what it asks."""

from collections.abc import Iterable
from dataclasses import dataclass

from notifications.gateways.base import Channel

LOW = 4
"""Priority of peacetime mail: whatever a disaster needs goes out first."""


def place_in_queue(priority: int, *, is_correction: bool, is_further: bool = False) -> int:
    """Return a delivery's place by its urgency (1 goes out first): corrections before the questions they correct.

    `is_further`: its member has one before it by the same channel. In a storm every member is reached once first.
    """
    return 4 * priority - 2 * is_correction + is_further


@dataclass(frozen=True, slots=True)
class Addressee:
    """宛先: one person (or desk: `person` None) of a member, by one channel; `member_name` is shown to them."""

    member: str
    municipality: str | None
    person: str | None
    name: str
    channel: Channel
    address: str
    member_name: str = ""


@dataclass(frozen=True, slots=True)
class QuestionLine:
    """質問の行: one thing asked for; `reference` is the asking room's own id of it."""

    reference: str
    label_ja: str
    label_en: str
    unit: str
    quantity: int


def by_mail(addressees: Iterable[Addressee]) -> list[Addressee]:
    """Return those that are reached by mail: what is no emergency costs no SMS."""
    return [each for each in addressees if each.channel is Channel.EMAIL]
