"""Where a member works, and on which island."""

from functools import lru_cache

from agreements import directory
from aid.ranking.geography import Position
from aid.ranking.islands import island_of


@lru_cache(maxsize=4096)
def place(municipality: str | None, latitude: float | None, longitude: float | None) -> Position | None:
    """Return a member's position with the island it lies on, or None where it is not known.

    The municipality tells the island while the member works at its office; who has moved, or has no code, is on the
    island of the nearest office. The directory is shipped with the program, so what is kept here is never stale.
    """
    if latitude is None or longitude is None:
        return None
    known = directory.find(municipality) if municipality else None
    if known is None or (known.latitude, known.longitude) != (latitude, longitude):
        code = _nearest(latitude, longitude)
    else:
        code = known.code
    return Position(latitude, longitude, island_of(code))


def _nearest(latitude: float, longitude: float) -> str:
    """Return the municipality whose office is nearest, in degrees: near enough to tell an island."""
    found = min(
        directory.municipalities(),
        key=lambda each: ((each.latitude - latitude) ** 2 + (each.longitude - longitude) ** 2, each.code),
    )
    return found.code
