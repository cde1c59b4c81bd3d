"""Headers that every answer carries, also those that no handler made (ASVS 3.4)."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "Cache-Control": "no-store",
}
"""Unless the answer says otherwise itself: a page allows its style sheet, a style sheet may be kept."""
BY_TLS = {"Strict-Transport-Security": "max-age=63072000; includeSubDomains"}


def secured(headers: MutableHeaders, *, is_secure: bool) -> None:
    """Add what an answer's headers lack."""
    for name, value in (ALWAYS | (BY_TLS if is_secure else {})).items():
        headers.setdefault(name, value)


class SecurityHeaders:
    """応答ヘッダー: the outermost layer, so that refusals of the layers within are covered as well."""

    def __init__(self, app: ASGIApp, *, is_secure: bool) -> None:
        self._app = app
        self._is_secure = is_secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                secured(MutableHeaders(scope=message), is_secure=self._is_secure)
            await send(message)

        await self._app(scope, receive, sending if scope["type"] == "http" else send)
