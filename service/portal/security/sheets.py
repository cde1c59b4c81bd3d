"""A self-check sheet (自己点検票): each question beside what the record says, answered one by one."""

from typing import Any

from starlette.responses import Response

from service.portal.client import ApiProblem
from service.portal.forms import text
from service.portal.security.year import PAGE, home_of, year_of
from service.portal.visit import Visit, handed_over, see, tried

ACTS = {"refill", "completion"}


async def show(visit: Visit) -> Response:
    return await _page(visit)


async def answer(visit: Visit) -> Response:
    """Answer one question, and come back to it."""
    values, question = await visit.form(), visit.ref("question")
    return await tried(_answer(visit, question, values), lambda problem: _page(visit, problem, question, values))


async def act(visit: Visit) -> Response:
    """Read the numbers anew, or finish the sheet."""
    wanted = visit.act_in(ACTS)
    await visit.form()
    return await tried(_post(visit, wanted), lambda problem: _page(visit, problem))


async def take_out(visit: Visit) -> Response:
    """Hand over the sheet as CSV."""
    return handed_over(await visit.api.download(f"{await _path(visit)}/export"))


async def _answer(visit: Visit, question: str, values: Any) -> Response:
    body = {"mark": text(values, "mark"), "comment": text(values, "comment") or None}
    await visit.api.put(f"{await _path(visit)}/answers/{question}", body)
    return see(f"{_address(visit)}#{question}")


async def _post(visit: Visit, what: str) -> Response:
    await visit.api.post(f"{await _path(visit)}/{what}", {})
    return see(_address(visit))


def _address(visit: Visit) -> str:
    return f"{PAGE}/{year_of(visit)}/sheets/{visit.ref('sheet')}"


async def _path(visit: Visit) -> str:
    return f"{await home_of(visit)}/self-checks/{visit.ref('sheet')}"


async def _page(
    visit: Visit, problem: ApiProblem | None = None, question: str | None = None, values: Any = None
) -> Response:
    """Show the sheet; the question whose answer was refused keeps what was typed, with the reason beside it."""
    sheet = await visit.api.get(await _path(visit))
    typed = {name: text(values, name) for name in ("mark", "comment")} if values is not None else {}
    return visit.render(
        "self_check.html",
        title=sheet["title"] or f"{sheet['fiscal_year']}年度の自己点検票",
        viewer=await visit.viewer(),
        problem=problem,
        refused=question,
        typed=typed,
        address=_address(visit),
        year=year_of(visit),
        sheet=sheet,
    )
