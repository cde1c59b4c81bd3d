"""The board: what happened where, who asks for what, and what was done."""

from typing import Any

from starlette.responses import Response

from service.portal import labels
from service.portal.session import Viewer
from service.portal.visit import Visit

MOST_AREAS = 60
"""More names of one severity than this say nothing on a phone."""
MOST_ENTRIES = 30


async def list_incidents(visit: Visit) -> Response:
    viewer = await visit.viewer()
    incidents = await visit.api.every("/incidents")
    newest = sorted(incidents, key=lambda each: str(each["opened_at"]), reverse=True)
    return visit.render("incidents.html", title="災害の一覧", viewer=viewer, incidents=newest)


async def show_incident(visit: Visit) -> Response:
    viewer = await visit.viewer()
    path = f"/incidents/{visit.ref('incident')}"
    incident = await visit.api.get(path)
    requests = await visit.api.every("/requests", incident=incident["id"])
    chronology = await visit.api.get(f"{path}/chronology", latest="true")
    situation = await visit.api.every(f"{path}/situation")
    return visit.render(
        "incident.html",
        title=incident["name"],
        viewer=viewer,
        incident=incident,
        requests=requests[::-1],
        plans=sorted({each["group"] for each in requests if viewer.leads(each["group"]) or _is_own(each, viewer)}),
        entries=chronology["items"][: -MOST_ENTRIES - 1 : -1],
        situation=situation,
        footprint=_footprint(incident["affected"]),
        most=MOST_AREAS,
    )


def _is_own(request: dict[str, Any], viewer: Viewer) -> bool:
    return bool(request["member"] == viewer.member)


def _footprint(affected: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return the areas by severity, the worst first; members of a group before the others."""
    known = [each for each in labels.SEVERITIES if any(area["severity"] == each for area in affected)]
    ordered = sorted(affected, key=lambda area: (area["member"] is None, area["municipality"]))
    return [(severity, [area for area in ordered if area["severity"] == severity]) for severity in known]
