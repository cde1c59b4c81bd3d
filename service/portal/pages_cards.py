"""要請カード: one-time codes and numbered places on paper, for asking by one SMS or mail."""

from typing import Any

from starlette.responses import Response

from service.portal.forms import text
from service.portal.visit import Visit, handed_over, see, tried

PAGE = "/cards"
ROWS = range(1, 10)


async def show(visit: Visit) -> Response:
    return await _page(visit, "")


async def keep_places(visit: Visit) -> Response:
    """Set the numbered places; an empty name takes a number away."""
    values = await visit.form()
    items = [{"number": row, "name": name} for row in ROWS if (name := text(values, f"place-{row}"))]
    done = _kept(visit, items)
    return await tried(done, lambda problem: _page(visit, problem.said, status=problem.status))


async def issue(visit: Visit) -> Response:
    """Make a card and show it once, to be printed."""
    made = await visit.api.post(f"/people/{visit.ref('person')}/request-card", {})
    return visit.render("card.html", title="要請カード", viewer=await visit.viewer(), card=made)


async def take_document(visit: Visit) -> Response:
    """Make a card as a PDF to be saved and printed."""
    file = visit.api.post_for_file(f"/people/{visit.ref('person')}/request-card/document")
    return handed_over(await file)


async def _kept(visit: Visit, items: list[dict[str, Any]]) -> Response:
    await visit.api.put("/request-places", {"items": items})
    return see(PAGE)


async def _page(visit: Visit, note: str, *, status: int = 200) -> Response:
    found = await visit.api.get("/request-cards")
    places = {each["number"]: each["name"] for each in found["places"]}
    return visit.render(
        "cards.html",
        title="要請カード",
        status=status,
        viewer=await visit.viewer(),
        cards=found["items"],
        places=[(row, places.get(row, "")) for row in ROWS],
        note=note,
    )
