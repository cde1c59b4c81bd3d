"""Who is signed in at the portal: an API token in a cookie that no script can read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from foundation.settings import Settings
from service.portal.client import Api, ApiProblem

SAFE_SITES = {"same-origin", "none"}
TERMINAL = re.compile(r"[A-Za-z0-9_-]{1,64}")
TERMINAL_DAYS = 365
CLEARED = {"Clear-Site-Data": '"cache", "storage"'}
"""What a browser drops when a person leaves it. Cookies stay: one of them says that it is a shared terminal."""
DAY = 86_400
"""Seconds for which a browser stays signed in."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """閲覧者: the signed-in person and the member for which they work."""

    name: str
    member: str | None
    municipality: str | None
    member_name: str
    roles: frozenset[str]
    memberships: tuple[dict[str, Any], ...]

    @property
    def ref(self) -> str | None:
        """How the API names the viewer's member."""
        return self.municipality or self.member

    def leads(self, group: str) -> bool:
        """Tell whether the viewer's member coordinates the group, or may in the coordinator's place."""
        roles = {role for each in self.memberships if each["group"] == group for role in each["roles"]}
        return bool(roles & {"coordinator", "deputy"})


async def viewer_of(api: Api) -> Viewer:
    """Return who is signed in. Raises ApiProblem (401) where nobody is."""
    me = await api.get("/me")
    memberships = tuple(me["memberships"])
    first = memberships[0] if memberships else {}
    name = await _member_name(api, first) if first else me["municipality"] or ""
    return Viewer(me["name"], me["member"], me["municipality"], name, frozenset(me["roles"]), memberships)


async def _member_name(api: Api, membership: dict[str, Any]) -> str:
    try:
        member = await api.get(f"/groups/{membership['group']}/members/{membership['member']}")
    except ApiProblem:
        return membership["municipality"] or ""
    return str(member["name"])


def cookie_name(settings: Settings) -> str:
    """Return the cookie's name: bound to the host where the service is reached by TLS."""
    return "__Host-yuimaru" if settings.is_secure else "yuimaru"


def token_in(request: Request, settings: Settings) -> str | None:
    """Return the session's token, or None."""
    token = request.cookies.get(cookie_name(settings))
    return token if token and token.isascii() and token.isprintable() else None


def keep(response: Response, settings: Settings, token: str) -> None:
    """Sign in: the browser keeps the token until it is closed."""
    response.set_cookie(
        cookie_name(settings),
        token,
        max_age=DAY,
        path="/",
        secure=settings.is_secure,
        httponly=True,
        samesite="lax",
    )


def forget(response: Response, settings: Settings) -> None:
    """Sign out, and let the browser drop what it kept of this site."""
    response.headers.update(CLEARED)
    response.delete_cookie(cookie_name(settings), path="/", secure=settings.is_secure, httponly=True, samesite="lax")


def terminal_cookie_name(settings: Settings) -> str:
    """Return the name of the cookie that makes a browser a shared terminal."""
    return f"{cookie_name(settings)}-terminal"


def terminal_in(request: Request, settings: Settings) -> str | None:
    """Return the shared terminal's token, or None where the browser is somebody's own."""
    token = request.cookies.get(terminal_cookie_name(settings), "")
    return token if TERMINAL.fullmatch(token) else None


def signed_in(response: Response, settings: Settings, answer: Mapping[str, Any]) -> Response:
    """Keep what the API answered to a sign-in: the session's token, and the terminal's where it is new."""
    keep(response, settings, answer["token"])
    if answer["terminal"]:
        response.set_cookie(
            terminal_cookie_name(settings),
            answer["terminal"],
            max_age=TERMINAL_DAYS * DAY,
            path="/",
            secure=settings.is_secure,
            httponly=True,
            samesite="lax",
        )
    return response


def is_foreign(request: Request) -> bool:
    """Tell whether a form was sent from another site's page.

    Where the browser says neither (no Sec-Fetch-Site on plain http, Origin "null" because pages send no
    referrer), the cookie's SameSite=Lax alone keeps other sites out.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in SAFE_SITES
    origin = request.headers.get("origin")
    return origin not in {None, "null"} and urlsplit(origin).netloc != request.url.netloc
