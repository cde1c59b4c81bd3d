"""The person's queue: messages that could not be handled, each with what of it could be read."""

from sqlalchemy.orm import Session

from agreements import directory
from aid.asking import receiving
from aid.asking.readings import Asked, CodeAlone, Unread
from aid.asking.schemas import AskedMessageView, SuggestedLine
from foundation.actor import Actor
from foundation.paging import Page
from inventory.catalogue import KINDS
from notifications import queries as notifications
from notifications.schemas import InboundView

_PROBLEMS = {
    "unknown_word": "読めない言葉があります",
    "no_item": "品目がありません",
    "quantity": "数量が読めません",
    "counter": "数え方が品目に合いません",
    "twice": "同じことが2通りに書かれています",
    "not_asked": "要請かどうか分かりません",
    "check_digit": "団体コードの検査数字が違います",
    "ambiguous": "2通りに読めます",
    "stop": "取消し・質問・申出などの言葉があります",
    "quoted": "ほかのメッセージの引用です",
    "drill": "「訓練」で始まっています",
    "empty": "要請の言葉がありません",
    "too_long": "長すぎます",
}


def waiting(session: Session, actor: Actor, cursor: str | None) -> Page[AskedMessageView]:
    """Return the messages that wait for a person. A protected read, like the list without suggestions."""
    shown = notifications.inbound_waiting(session, actor, cursor)
    return Page(items=[_suggested(session, each) for each in shown.items], next=shown.next)


def _suggested(session: Session, message: InboundView) -> AskedMessageView:
    reading = receiving.read(session, message.text, ())
    asked = reading if isinstance(reading, Asked) else None
    lines = () if isinstance(reading, CodeAlone) else reading.lines
    trouble = reading.troubles[0] if isinstance(reading, Unread) else None
    problem = f"{_PROBLEMS[trouble.fault]}{f'（{trouble.piece[:40]}）' if trouble.piece else ''}" if trouble else None
    named = asked.municipality if asked else None
    return AskedMessageView(
        message=message,
        lines=[
            SuggestedLine(
                kind=line.kind, name_ja=KINDS[line.kind].name_ja, unit=KINDS[line.kind].unit, quantity=line.quantity
            )
            for line in lines
        ],
        place=asked.place if asked else None,
        needed_by=receiving.needed_by(session, asked.days) if asked else None,
        requester=named if named and directory.find(named) else message.municipality,
        problem=problem,
    )
