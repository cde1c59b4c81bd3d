"""A member's files are read one after the other, and no member's stand in the way of another's."""

import asyncio

import pytest

from foundation.documents.errors import TooManyDocuments
from foundation.documents.turns import Turns


async def test_one_of_each_member_at_a_time_and_no_more_than_wait() -> None:
    turns, done = Turns(waiting=1), list[str]()
    release = asyncio.Event()

    async def read(whose: str, name: str) -> None:
        async with turns.of(whose):
            done.append(name)
            await release.wait()

    tasks = [asyncio.create_task(read("甲", "1")), asyncio.create_task(read("甲", "2"))]
    await asyncio.sleep(0)
    with pytest.raises(TooManyDocuments):
        await read("甲", "3")
    tasks.append(asyncio.create_task(read("乙", "4")))
    await asyncio.sleep(0)
    assert done == ["1", "4"]
    release.set()
    await asyncio.gather(*tasks)
    assert done == ["1", "4", "2"]
    await read("甲", "5")
