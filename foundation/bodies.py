"""How much is taken in at once: a body beyond the limit is refused where it is read, in the words of the API."""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOO_LARGE = 413


class BodyLimit:
    """本文の上限: raises HTTPException (413) inside whoever reads more, so that the answer is a problem like others.

    Starlette's own limit answers past the application, in plain English text.
    """

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "")
        taken = int(announced) if announced.isascii() and announced.isdigit() else 0
        if taken <= self._most:
            taken = 0

        async def counted() -> Message:
            nonlocal taken
            if taken <= self._most:
                message = await receive()
                taken += len(message.get("body", b""))
            if taken > self._most:
                raise HTTPException(TOO_LARGE)
            return message

        await self._app(scope, counted, send)
