"""From values to a page: the one place that puts the drill's mark and the security headers on it."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from foundation.clock import JAPAN
from service.portal import labels
from service.portal.session import terminal_in

HERE = Path(__file__).parent
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
SCRIPTED = "; script-src 'self'; connect-src 'self'"
"""What a page's policy allows beside, where it offers passkeys: one small script of our own."""
WEEKDAYS = "月火水木金土日"
LINK = re.compile(r"(https?://[\x21-\x7e]+)")


def moment(text: str | None) -> str:
    """Show an instant in Japan time: 2026年11月21日(土) 14:05."""
    if not text:
        return "―"
    at = datetime.fromisoformat(text).astimezone(JAPAN)
    return f"{at.year}年{at.month}月{at.day}日({WEEKDAYS[at.weekday()]}) {at:%H:%M}"


def day(text: str) -> str:
    """Show a day: 2026年11月21日."""
    at = date.fromisoformat(text)
    return f"{at.year}年{at.month}月{at.day}日"


def linked(text: str) -> Iterator[tuple[bool, str]]:
    """Split a text into pieces, each with whether it is a link."""
    for number, piece in enumerate(LINK.split(text)):
        yield number % 2 == 1, piece


def called(field: str) -> str:
    """Return a field's name in words, to stand before what is wrong with it: 数 3："""
    stem, _, place = field.partition("-")
    name = labels.FIELDS.get(stem)
    return f"{name} {place}：" if name and place else f"{name}：" if name else ""


ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader(HERE / "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=jinja2.StrictUndefined,
)
ENVIRONMENT.globals["labels"] = labels
ENVIRONMENT.filters.update(moment=moment, day=day, linked=linked, called=called)


def render(
    request: Request,
    template: str,
    /,
    *,
    title: str,
    status: int = 200,
    viewer: Any = None,
    has_script: bool = False,
    **values: Any,
) -> Response:
    """Return a page. Title, heading and bands carry the mark of the instance's mode."""
    state = request.app.state
    page = ENVIRONMENT.get_template(template).render(
        mark=state.mode.mark,
        title=title,
        viewer=viewer,
        path=request.url.path,
        has_script=has_script,
        is_shared=terminal_in(request, state.settings) is not None,
        **values,
    )
    policy = HEADERS["Content-Security-Policy"] + (SCRIPTED if has_script else "")
    return HTMLResponse(page, status, {**HEADERS, "Content-Security-Policy": policy})
