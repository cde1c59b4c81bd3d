"""The gate: which actor stands behind a request's credentials."""

from starlette.requests import Request

from foundation.actor import Actor
from service.identity.queries import actor_of_token

LONGEST = 128


async def gate(request: Request) -> Actor | None:
    """Return the bearer token's actor, or None where there is no token that counts."""
    text = bearer_of(request)
    if text is None:
        return None
    actor: Actor | None = await request.app.state.database.read(actor_of_token, text)
    return actor


def bearer_of(request: Request) -> str | None:
    """Return the bearer token of a request, where it has one of a possible form."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not 0 < len(text) <= LONGEST or not text.isascii():
        return None
    return text
