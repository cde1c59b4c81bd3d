"""Old messages stay in the record without what is personal of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from foundation import clock
from foundation.sealing import BLANK
from notifications import forgetting
from notifications.models import Attempt, Delivery, InboundMessage
from readiness.digests.models import DigestItem
from service.sweeping import DAY
from tests.api_client import Service
from tests.journeys.asking import ask, get
from tests.journeys.test_asking_by_message import text
from tests.service.test_sweeping import sweep
from tests.world import TOME

LATER = 1000 * DAY
"""Ids bear the machine's time, which lies ahead of the tests'."""
HOUR = timedelta(hours=1)


def _end(session: Session, which: str, at: datetime) -> None:
    session.execute(update(Delivery).where(Delivery.id == which).values(finished_at=at, state="delivered"))


def _kept(session: Session) -> Sequence[tuple[bool, str, str | None]]:
    rows = session.scalars(select(Delivery).order_by(Delivery.id))
    return [(each.address_sealed != BLANK, each.name, each.person) for each in rows]


@pytest.mark.asvs("14.2.7")
async def test_after_four_hundred_days_a_delivery_says_to_whom_and_no_longer_to_which_number(
    service: Service,
) -> None:
    world = await service.build()
    await ask(service, world, ("pc", 60))
    await service.deliver()
    found = await service.database.read(lambda session: list(session.scalars(select(Delivery.id))))
    service.clock.advance(LATER)
    now = service.clock.now()
    for each in found:
        await service.database.write(_end, each, now - forgetting.KEPT - HOUR)
    await service.database.write(_end, found[0], now - forgetting.KEPT + HOUR)
    tries = await service.database.read(lambda session: len(session.scalars(select(Attempt.id)).all()))
    await sweep(service)
    kept = await service.database.read(_kept)
    assert len(kept) == len(found)
    assert sum(is_there for is_there, _, _ in kept) == 1
    assert {name for is_there, name, _ in kept if not is_there} == {""}
    assert all(person for _, _, person in kept)
    assert await service.database.read(lambda session: len(session.scalars(select(Attempt.id)).all())) == tries
    assert (await get(service, "/api/messages", by=world.email(TOME)))["items"]
    await service.database.write(_end, found[0], now - forgetting.KEPT - HOUR)
    assert await sweep(service) >= 1
    assert not any(is_there for is_there, *_ in await service.database.read(_kept))


async def test_what_came_in_and_is_settled_is_blanked_and_what_waits_is_kept(service: Service) -> None:
    world = await service.build()
    await text(service, "OUEN 042129 G2 T0")
    await text(service, "何のことですか", world.mobile(TOME))

    def settle_second(session: Session) -> None:
        (_, second) = session.scalars(select(InboundMessage).order_by(InboundMessage.received_at, InboundMessage.id))
        second.result, second.note = "resolved", "電話した"
        session.flush()

    def opened(session: Session) -> list[tuple[str | None, bool, bool]]:
        rows = session.scalars(select(InboundMessage).order_by(InboundMessage.received_at, InboundMessage.id))
        return [(each.result, each.sender_sealed != BLANK, each.text_sealed != BLANK) for each in rows]

    await service.database.write(settle_second)
    service.clock.advance(LATER)
    await sweep(service)
    assert await service.database.read(opened) == [("needs_person", True, True), ("resolved", False, False)]
    assert await sweep(service) == 0


async def test_items_of_digests_go_after_ninety_days(service: Service) -> None:
    world = await service.build()
    person, member = world.people[TOME, "ict"], world.members[TOME]

    def put(session: Session) -> None:
        now = clock.now(session)
        common = {"person_id": person, "member_id": member, "kind": "training.reminder", "facts": {}, "noted_at": now}
        for number, (mailed_at, expires_at) in enumerate(
            [(now - 91 * DAY, now), (now - 89 * DAY, now), (None, now - 91 * DAY), (None, now + DAY)]
        ):
            session.add(
                DigestItem(
                    id=f"i{number}", subject=f"s{number}", mailed_at=mailed_at, expires_at=expires_at, **common
                )
            )

    await service.database.write(put)
    assert await sweep(service) == 2
    left = await service.database.read(lambda session: list(session.scalars(select(DigestItem.id))))
    assert sorted(left) == ["i1", "i3"]
