"""What members have in common, read for many at once: the same as for each by itself."""

import pytest

from inventory.records import likeness
from inventory.records.kinds import Facet
from inventory.records.likeness import Named
from tests.api_client import Service
from tests.inventory.recording import keep
from tests.world import FUJISAWA, KOMATSU, TAMA, TOME

SYSTEMS = (
    (TOME, "住民記録", {"package": "架空パック", "vendor": "架空社", "data_centre": "第一センター"}),
    (KOMATSU, "税", {"package": "架空パック", "vendor": "別の社", "data_centre": "第二センター"}),
    (TAMA, "福祉", {"package": "別のパック", "vendor": "株式会社架空社", "data_centre": "第二センター"}),
)


@pytest.mark.parametrize("among", [[Facet.DATA_CENTRE], list(Facet)], ids=["data centre", "all"])
async def test_many_are_compared_as_each_by_itself(service: Service, among: list[Facet]) -> None:
    world = await service.build()
    for code, name, fields in SYSTEMS:
        await keep(service, world, code=code, name=name, **fields)
    members = [world.members[code] for code in (TOME, KOMATSU, TAMA, FUJISAWA)]
    together = await service.database.read(likeness.sharing_with, members, among)
    alone = {each: await service.database.read(likeness.sharing, [each], among) for each in members}
    assert together == alone
    assert together[members[1]] >= {members[1], members[2]}
    assert together[members[3]] == frozenset()


async def test_systems_of_many_are_compared_as_each_by_itself(service: Service) -> None:
    world = await service.build()
    for code, name, fields in SYSTEMS:
        await keep(service, world, code=code, name=name, **fields)
    tome, komatsu, tama = (world.members[code] for code in (TOME, KOMATSU, TAMA))
    named = [Named(tome, "住民記録", None), Named(komatsu, None, "架空パック"), Named(tama, "税", None)]
    found = await service.database.read(likeness.like_systems, named)
    for each in named:
        alone = await service.database.read(likeness.like_systems, [each])
        assert found[each] == alone[each]
    first = found[named[0]]
    assert first is not None
    assert (first.same_package, first.same_vendor) == ({tome, komatsu}, {tome, tama})
    assert first.known == {tome, komatsu, tama}
    assert found[named[2]] is None, "a system of that name is another member's"
