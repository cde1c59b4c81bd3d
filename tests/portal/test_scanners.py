"""What opens every link of a mail before a person does (mail gateways, previews, prefetching) changes nothing."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.database.base import Base
from tests.portal.conftest import Portal
from tests.world import KOMATSU, TAMA, TOME

VISITS = 1000
MANNERS = (
    ("GET", {"User-Agent": "Mozilla/5.0 (compatible; LinkScanner)"}),
    ("HEAD", {}),
    ("GET", {"Purpose": "prefetch", "Sec-Purpose": "prefetch;prerender"}),
    ("GET", {"X-Moz": "prefetch", "Cookie": ""}),
    ("OPTIONS", {}),
)


@pytest.mark.deep
async def test_a_thousand_scanners_change_nothing(portal: Portal) -> None:
    await portal.sign_in(TOME)
    await portal.ask()
    await portal.service.deliver()
    links = [await portal.link_of(code) for code in (TAMA, KOMATSU)]
    portal.http.cookies.clear()
    before = await portal.service.database.read(contents)
    for number in range(VISITS):
        link = links[number % len(links)]
        method, headers = MANNERS[number % len(MANNERS)]
        path = link if number % 3 else f"/api/answers/{link.rpartition('/')[2]}"
        answer = await portal.http.request(method, path, headers=headers)
        assert answer.status_code == (405 if method == "OPTIONS" else 200), (method, path, answer.text)
    assert await portal.service.database.read(contents) == before
    answered = await portal.http.post(f"/api/answers/{links[0].rpartition('/')[2]}", json={"decision": "decline"})
    assert answered.status_code == 200, "the link still answers"


def contents(session: Session) -> dict[str, list[str]]:
    """Every row of every table: a read writes nothing, not even that there was one."""
    return {
        table.name: sorted(repr(tuple(row)) for row in session.execute(select(table)))
        for table in Base.metadata.sorted_tables
    }
