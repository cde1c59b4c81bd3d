"""Answering: by the link of a message without signing in, or signed in for one's member."""

import uuid
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import FormData
from starlette.responses import Response

from service.portal import forms
from service.portal.client import ApiProblem
from service.portal.forms import Refused, text
from service.portal.session import Viewer
from service.portal.visit import NOT_FOUND, Visit, see

GONE = 410
DECISIONS = {"accept", "provisional", "decline"}
RECEIVED = "received"
"""No decision: it was received, and will be answered later."""
CHOOSE = "「応援できます」「条件付き」「できません」のどれかを押してください。"
INVALID = 422
REACHABILITY = "readiness.reachability"
"""The kind of question that is answered by one button: it came."""
SEVERAL = "request.several"
"""The kind of question that asks about several requests: there a number for one says nothing for the others."""


async def show_question(visit: Visit) -> Response:
    """Show what a link asks; changes nothing, for mail scanners open links too."""
    try:
        return _question(visit, await _form(visit))
    except ApiProblem as problem:
        return _unknown(visit, problem)


async def answer_question(visit: Visit) -> Response:
    values = await visit.form()
    try:
        form = await _form(visit)
    except ApiProblem as problem:
        return _unknown(visit, problem)
    count = len(form["lines"])
    if text(values, "decision") not in DECISIONS | {RECEIVED}:
        return _question(visit, form, values, Refused(CHOOSE, {"decision": CHOOSE}), INVALID)
    try:
        receipt = await visit.api.post(f"/answers/{visit.ref('token')}", _answer(values, count))
    except ApiProblem as problem:
        if problem.status == GONE:
            return await _receipt(visit, problem.detail, GONE)
        patterns = (("/quantities/{index}", "quantity-{place}"), ("/more/{index}", "more-{place}"))
        names = {"/reason": "reason", **forms.pointers(count, patterns)}
        return _question(visit, form, values, Refused.of(problem, names), problem.status)
    return await _receipt(visit, receipt["text"])


async def show_answer_form(visit: Visit) -> Response:
    return await _signed_in(visit, await visit.viewer())


async def answer_signed_in(visit: Visit) -> Response:
    viewer = await visit.viewer()
    values = await visit.form()
    request = await visit.api.get(f"/requests/{visit.ref('request')}")
    if text(values, "decision") not in DECISIONS:
        return await _signed_in(visit, viewer, values, Refused(CHOOSE, {"decision": CHOOSE}), INVALID)
    lines, names = _offered(values, request["lines"])
    body = forms.given(
        {
            "municipality": text(values, "for") or viewer.ref,
            "decision": text(values, "decision"),
            "reason": text(values, "reason"),
            "lines": lines,
        }
    )
    try:
        await visit.api.post(f"/requests/{request['id']}/offers", body, key=text(values, "key") or None)
    except ApiProblem as problem:
        return await _signed_in(visit, viewer, values, Refused.of(problem, names), problem.status)
    return see(f"/requests/{request['id']}")


async def _form(visit: Visit) -> dict[str, Any]:
    form: dict[str, Any] = await visit.api.get(f"/answers/{visit.ref('token')}")
    return form


def _answer(values: FormData, count: int) -> dict[str, Any]:
    decision = text(values, "decision")
    if decision == RECEIVED:
        return {"decision": decision}
    said = {"quantities": forms.answers(values, "quantity", count), "more": forms.answers(values, "more", count)}
    numbers = {} if decision == "decline" else said
    return forms.given({"decision": decision, "reason": text(values, "reason")}) | numbers


def _question(
    visit: Visit,
    form: dict[str, Any],
    values: FormData | None = None,
    refused: Refused | None = None,
    status: int = 200,
) -> Response:
    return visit.render(
        "acknowledge.html" if form["kind"] == REACHABILITY else "answer.html",
        title=form["subject"],
        status=status,
        form=form,
        text=form["text"],
        lines=form["lines"],
        is_several=form["kind"] == SEVERAL,
        token=visit.ref("token"),
        values=_before(form["answer"]) if values is None else values,
        refused=refused,
    )


def _before(answer: dict[str, Any] | None) -> Mapping[str, Any]:
    """Return the fields as they were answered before."""
    if answer is None:
        return {}
    said = [(f"quantity-{place}", number) for place, number in enumerate(answer["quantities"], 1)]
    said += [(f"more-{place}", number) for place, number in enumerate(answer["more"], 1)]
    return {name: number for name, number in said if number is not None} | {"reason": answer["reason"] or ""}


async def _receipt(visit: Visit, said: str, status: int = 200) -> Response:
    form = await _form(visit)
    if form["kind"] == REACHABILITY:
        title = "受け取りを確認しました" if status != GONE else "受付は終了しています"
        return visit.render("acknowledged.html", title=title, status=status, text=said)
    answer = form["answer"]
    lines = [_receipt_line(line, place, answer) for place, line in enumerate(form["lines"])] if answer else []
    return visit.render(
        "receipt.html",
        title=_receipt_title(form["state"], status),
        status=status,
        text=said,
        given=answer,
        lines=lines,
        token=visit.ref("token"),
    )


def _receipt_title(state: str, status: int) -> str:
    if status == GONE:
        return "受付は終了しています"
    return "受領のご連絡を受け付けました" if state == RECEIVED else "回答を受け付けました"


def _receipt_line(line: dict[str, Any], place: int, answer: dict[str, Any]) -> dict[str, Any]:
    return {**line, "given": _at(answer["quantities"], place), "more": _at(answer["more"], place)}


def _at(numbers: list[int | None], place: int) -> int | None:
    return numbers[place] if place < len(numbers) else None


def _unknown(visit: Visit, problem: ApiProblem) -> Response:
    if problem.status != NOT_FOUND:
        raise problem
    return visit.render("unknown_link.html", title="リンクを確認できません", status=NOT_FOUND, detail=problem.detail)


async def _signed_in(
    visit: Visit,
    viewer: Viewer,
    values: FormData | None = None,
    refused: Refused | None = None,
    status: int = 200,
) -> Response:
    request = await visit.api.get(f"/requests/{visit.ref('request')}")
    offers = await visit.api.every(f"/requests/{request['id']}/offers")
    asked = await _asked(visit, request["id"])
    others = text(values, "for") if values else visit.request.query_params.get("for")
    on_behalf = asked.get(others) if others else None
    member = others or viewer.member
    own = next((each for each in offers if each["member"] == member), None)
    return visit.render(
        "answer_signed_in.html",
        title=f"要請への回答　{request['number']}",
        status=status,
        viewer=viewer,
        request=request,
        own=own,
        on_behalf=on_behalf,
        asked=asked.get(viewer.member or ""),
        may_receive=_may_receive(asked.get(viewer.member or ""), request) and not on_behalf,
        lines=[_lacking(each) for each in request["lines"]],
        values=values or {},
        refused=refused,
        key=uuid.uuid4().hex,
    )


def _lacking(line: dict[str, Any]) -> dict[str, Any]:
    """Return a line as it is asked: for what is not committed yet."""
    return {**line, "label": line["name_ja"], "quantity": max(line["quantity"] - line["committed"], 0)}


async def _asked(visit: Visit, request: str) -> dict[str, dict[str, Any]]:
    """Return, by member, how the partners stand that were asked, as far as the viewer may see it."""
    return {each["member"]: each for each in await visit.api.every(f"/requests/{request}/reach")}


def _may_receive(asked: dict[str, Any] | None, request: dict[str, Any]) -> bool:
    is_silent = asked is not None and asked["standing"] not in {"received", "answered"} and not asked["stood_down_at"]
    return is_silent and request["status"] in {"unverified", "open", "covered"}


def _offered(values: FormData, asked: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return the offered lines and their fields; nothing typed at all means whatever is asked and available."""
    quantities = forms.answers(values, "quantity", len(asked))
    more = forms.answers(values, "more", len(asked))
    names = {"/reason": "reason"}
    lines: list[dict[str, Any]] = []
    if text(values, "decision") == "decline" or all(each is None for each in (*quantities, *more)):
        return lines, names
    for place, (line, quantity, extra) in enumerate(zip(asked, quantities, more, strict=True), 1):
        if quantity == 0 or (quantity is None and line["committed"] >= line["quantity"]):
            continue
        at = f"/lines/{len(lines)}"
        names |= {f"{at}/quantity": f"quantity-{place}", f"{at}/more": f"more-{place}"}
        lines.append({"line": line["id"], "quantity": quantity, "more": extra})
    return lines, names
