"""How partners answered before: what counts as asked, answered and yes, in one query on both engines."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event
from sqlalchemy.orm import Session

from aid.waves.cover import MEDIAN_MINUTES
from aid.waves.history import REMEMBERED, UNKNOWN, History, histories, histories_in, median_minutes
from tests.api_client import Service
from tests.journeys.asking import ask, offer, post
from tests.world import CODES, FUJISAWA, KOMATSU, TAMA, TOME, TOYOOKA, World


async def known(service: Service, world: World) -> dict[str, History]:
    found = await service.database.read(histories, list(world.members.values()))
    in_group = await service.database.read(histories_in, world.group)
    assert in_group == {member: history for member, history in found.items() if history != UNKNOWN}
    assert await service.database.read(histories_in, "another group") == {}
    codes = {member: code for code, member in world.members.items()}
    return {codes[member]: history for member, history in found.items()}


async def test_answers_teach_and_silence_counts_once_its_time_is_over(service: Service) -> None:
    world = await service.build()
    request = await ask(service, world, ("pc", 400))
    assert set((await known(service, world)).values()) == {UNKNOWN}, "nobody is blamed for what is still to come"
    service.clock.advance(timedelta(minutes=20))
    await offer(service, world, request, KOMATSU, 40)
    await offer(service, world, request, TAMA, decision="decline")
    service.clock.advance(timedelta(minutes=30))
    await offer(service, world, request, FUJISAWA, 10, decision="provisional")
    seen = await known(service, world)
    assert seen[KOMATSU] == History(said_yes=1, asked=1, answered=1, prompt=1)
    assert seen[TAMA] == History(asked=1, answered=1, prompt=1)
    assert seen[FUJISAWA] == History(asked=1, answered=1), "half an hour is over; on conditions is no firm yes"
    assert seen[TOYOOKA] == seen[TOME] == UNKNOWN
    service.clock.advance(timedelta(minutes=10))
    assert (await known(service, world))[TOYOOKA] == History(asked=1)
    service.clock.advance(timedelta(minutes=60))
    await offer(service, world, request, TOYOOKA, 20)
    assert (await known(service, world))[TOYOOKA] == History(said_yes=1, asked=1, answered=1), "late, but it helps"
    service.clock.advance(REMEMBERED - timedelta(hours=2, minutes=1))
    assert (await known(service, world))[TAMA] == History(asked=1, answered=1, prompt=1)
    service.clock.advance(timedelta(minutes=2))
    assert set((await known(service, world)).values()) == {UNKNOWN}, "what was answered longer ago says little"


async def test_a_changed_mind_is_the_same_question(service: Service) -> None:
    world = await service.build()
    request = await ask(service, world, ("pc", 40))
    made = await offer(service, world, request, KOMATSU, 40)
    service.clock.advance(timedelta(minutes=50))
    await post(service, f"/api/offers/{made['id']}/withdrawal", by=world.email(KOMATSU), reason="停電")
    await offer(service, world, request, TAMA, decision="decline")
    await offer(service, world, request, TAMA, 40)
    seen = await known(service, world)
    assert seen[KOMATSU] == History(asked=1, answered=1, prompt=1), "what is withdrawn helps nobody"
    assert seen[TAMA] == History(said_yes=1, asked=1, answered=1)


async def test_who_was_stood_down_in_time_has_missed_nothing(service: Service) -> None:
    world = await service.build()
    request = await ask(service, world, ("pc", 40))
    service.clock.advance(timedelta(minutes=5))
    made = await offer(service, world, request, KOMATSU, 40)
    await post(service, f"/api/offers/{made['id']}/acceptance", by=world.email(TOME))
    service.clock.advance(timedelta(days=2))
    seen = await known(service, world)
    assert {code for code in CODES if seen[code].asked} == {KOMATSU}


async def test_conditions_that_were_accepted_are_a_yes(service: Service) -> None:
    world = await service.build()
    request = await ask(service, world, ("pc", 40))
    made = await offer(service, world, request, KOMATSU, 40, decision="provisional")
    assert (await known(service, world))[KOMATSU].said_yes == 0
    await post(service, f"/api/offers/{made['id']}/acceptance", by=world.email(TOME))
    assert (await known(service, world))[KOMATSU].said_yes == 1


async def test_a_thousand_members_are_one_query(service: Service) -> None:
    world = await service.build()

    def count(session: Session) -> tuple[int, int]:
        seen: list[Any] = []
        event.listen(session.connection(), "before_cursor_execute", lambda *arguments: seen.append(arguments[2]))
        return len(histories(session, [*world.members.values(), *(str(each) for each in range(1_000))])), len(seen)

    assert await service.database.read(count) == (1_006, 1)


def test_a_group_without_answers_is_given_half_an_hour() -> None:
    assert median_minutes([]) == pytest.approx(MEDIAN_MINUTES)
    assert median_minutes([UNKNOWN] * 30) == pytest.approx(MEDIAN_MINUTES)


def test_many_answers_tell_what_a_group_takes() -> None:
    """A group whose median is two hours answers 8.3 % within half an hour; one of a quarter of an hour 75.6 %."""
    assert 110 < median_minutes([History(answered=10_000, prompt=829)]) < 130
    assert 14 < median_minutes([History(answered=10_000, prompt=7_559)]) < 16
    assert 15 < median_minutes([History(answered=4, prompt=4)]) < 30, "few answers move it little"


@given(answered=st.integers(0, 5_000), prompt=st.integers(0, 5_000))
def test_prompter_answers_never_make_a_group_slower(answered: int, prompt: int) -> None:
    prompt = min(answered, prompt)
    assert 1 <= median_minutes([History(answered=answered, prompt=prompt)]) <= 1_000
    assert median_minutes([History(answered=answered + 1, prompt=prompt + 1)]) <= median_minutes(
        [History(answered=answered + 1, prompt=prompt)]
    )
