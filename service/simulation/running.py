"""One world, one database, one day."""

from agreements.groups.schemas import TermsBody
from aid.simulation.candidates import BEGAN
from aid.simulation.world import World
from foundation.clock import ManualClock
from service.simulation import furnishing, instance
from service.simulation.playing import Play, Played


async def run(world: World, *, terms: TermsBody | None = None, url: str | None = None) -> Played:
    """Play a world's day on the real code and return what happened.

    `terms`: the group's; their defaults where none are given. `url`: an empty database to use; one of its own, gone
    afterwards, where none is named. Raises RefusedError for a world that is not on the map of Japan.
    """
    furnishing.check(world)
    clock = ManualClock(BEGAN)
    async with instance.opened(clock, url) as opened:
        scene = await opened.database.write(furnishing.furnish, world, terms or TermsBody())
        return await Play(world, opened, scene, clock).run()
