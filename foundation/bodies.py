"""How much is taken in at once: a body beyond the limit is refused where it is read, in the words of the API."""

from collections.abc import Mapping
from re import Pattern

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOO_LARGE = 413


class BodyLimit:
    """本文の上限: raises HTTPException (413) inside whoever reads more, so that the answer is a problem like others.

    Starlette's own limit answers past the application, in plain English text. The exception's detail is the limit.
    Paths that take files are `roomy`: each pattern has a limit of its own.
    """

    def __init__(self, app: ASGIApp, most: int, roomy: Mapping[Pattern[str], int] | None = None) -> None:
        self._app = app
        self._most = most
        self._roomy = roomy or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._limit(scope)
        announced = Headers(scope=scope).get("content-length", "")
        taken = int(announced) if announced.isascii() and announced.isdigit() else 0
        if taken <= most:
            taken = 0

        async def counted() -> Message:
            nonlocal taken
            if taken <= most:
                message = await receive()
                taken += len(message.get("body", b""))
            if taken > most:
                raise HTTPException(TOO_LARGE, str(most))
            return message

        await self._app(scope, counted, send)

    def _limit(self, scope: Scope) -> int:
        found = (most for path, most in self._roomy.items() if path.fullmatch(scope["path"]))
        return next(found, self._most) if scope["method"] == "POST" else self._most
