"""応援の一部始終: plays the whole thread against a running demo, as its people and phones would over HTTP.

登米市 asks, partners answer by link, by SMS and by API, 登米市 accepts from two, the rest stand down. Nothing here
knows the service from inside; what it can't read from the API it does not know.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import httpx

from service.errors import RefusedError
from service.stage import Stage, Tell, awaited

REQUESTER = "042129"
GROUP = "自治体ICTプロジェクト 災害時相互応援協定（デモ）"
NEEDS = {"pc": 60, "printer": 4, "staff_certificates": 2}
OFFERED_BESIDE = {"pc": 5, "printer": 1, "staff_certificates": 1}
"""What those offer who are not needed in the end."""
ANSWERING = 5
"""Two that are accepted, one that stands down, one that declines, one with conditions."""
LINK = re.compile(r"/r/([0-9a-z]{6,10})\s*$", re.MULTILINE)
CODE = re.compile(r"返信\s*([0-9]{3,6})")


@dataclass(frozen=True, slots=True, eq=False)
class Partner:
    """応援主体: somebody who was asked, and how much each line could get from them."""

    municipality: str
    name: str
    able: Mapping[str, int]


def play(url: str, hook: str, tell: Tell) -> None:
    """Play the story against the service at `url`; `hook` is NAME/SECRET of the gateway that brings SMS in.

    Raises RefusedError as soon as anything is not as expected.
    """
    with httpx.Client(base_url=url.rstrip("/"), timeout=30, trust_env=False) as http:
        stage = Stage(http, hook, tell)
        request = _ask(stage)
        first, second, third, unable, unsure = _asked_partners(stage, request)
        shares = _shares(first, second)
        _answer_by_link(stage, request, first, "accept", shares[0])
        _answer_by_sms(stage, request, second, 1, shares[1])
        _answer_by_api(stage, request, third)
        _answer_by_sms(stage, request, unable, 2, {})
        _answer_by_link(stage, request, unsure, "provisional", OFFERED_BESIDE, "財政課と調整中です")
        _accept(stage, request, [(first, shares[0]), (second, shares[1])])
        ends = {first: "accepted", second: "accepted", third: "released", unsure: "released", unable: "declined"}
        _check_end(stage, request, ends)
        stage.say(f"完了しました。経過は {url.rstrip('/')} の災害ボードとクロノロジーで見られます。")


def _ask(stage: Stage) -> dict[str, Any]:
    groups = stage.call("GET", "/groups", by=REQUESTER)["items"]
    incidents = stage.call("GET", "/incidents?status=open", by=REQUESTER)["items"]
    group = next((each["id"] for each in groups if each["name"] == GROUP), None)
    incident = next((each for each in incidents if _is_hit(each)), None)
    if group is None or incident is None:
        raise RefusedError("デモのグループか災害がありません。make demo で起動したサービスに対して実行してください。")
    stage.say(f"災害: {incident['name']}（登米市 震度6強）")
    draft = {
        "incident": incident["id"],
        "group": group,
        "requester": REQUESTER,
        "lines": [{"kind": kind, "quantity": quantity} for kind, quantity in NEEDS.items()],
        "priority": 1,
        "place": "登米市役所",
        "reason": "り災証明書などの発行窓口を開くため",
    }
    request: dict[str, Any] = stage.call("POST", "/requests", by=REQUESTER, json=draft)
    stage.say(f"登米市が要請 {request['number']}: {_listed(request, NEEDS)}")
    for warning in request["warnings"]:
        stage.say(f"  注意: {warning['text']}")
    return request


def _is_hit(incident: Mapping[str, Any]) -> bool:
    return any(each["municipality"] == REQUESTER and each["severity"] == "6+" for each in incident["affected"])


def _asked_partners(stage: Stage, request: Mapping[str, Any]) -> list[Partner]:
    """Return five of those asked: first two that together can give everything."""
    kinds = {line["id"]: line["kind"] for line in request["lines"]}
    able: dict[str, dict[str, int]] = {}
    names: dict[str, str] = {}
    for line in stage.call("GET", f"/requests/{request['id']}/matches", by=REQUESTER)["lines"]:
        for each in line["candidates"]:
            if each["is_asked"] and each["municipality"]:
                able.setdefault(each["municipality"], {})[kinds[line["line"]]] = each["quantity"]
                names[each["municipality"]] = each["name"]
    partners = [Partner(code, names[code], able[code]) for code in able if set(able[code]) == set(NEEDS)]
    stage.say(f"最初に {len(able)} 団体へ照会: {'、'.join(names.values())}")
    best = next((pair for pair in permutations(partners, 2) if _cover(pair)), None)
    rest = [each for each in partners if best is None or each not in best]
    if best is None or len(rest) < ANSWERING - len(best):
        raise RefusedError("応援できる団体の残りが足りません。make demo RESET=1 でデモを最初からやり直してください。")
    return [*best, *rest[: ANSWERING - len(best)]]


def _cover(pair: Sequence[Partner]) -> bool:
    return all(sum(each.able[kind] for each in pair) >= quantity for kind, quantity in NEEDS.items())


def _shares(first: Partner, second: Partner) -> tuple[dict[str, int], dict[str, int]]:
    """Divide what is needed between the two, about in halves, so that each gives something of every line."""
    shares = {
        kind: min(first.able[kind], max(quantity - second.able[kind], quantity // 2))
        for kind, quantity in NEEDS.items()
    }
    return shares, {kind: quantity - shares[kind] for kind, quantity in NEEDS.items()}


def _message(stage: Stage, request: Mapping[str, Any], partner: Partner, channel: str) -> dict[str, Any]:
    """Return the message of this request that reached a partner by a channel."""

    def found() -> dict[str, Any] | None:
        items = stage.call("GET", f"/messages?member={partner.municipality}", by=REQUESTER)["items"]
        mails = [each for each in items if each["channel"] == "email" and request["number"] in each["text"]]
        asked = next((each for each in mails if LINK.search(each["text"])), None)
        if channel == "email" or asked is None:
            return asked
        texts = [each for each in items if each["channel"] == "sms" and CODE.search(each["text"])]
        return next((each for each in texts if f"{_code(each)} 1" in asked["text"]), None)

    return awaited(found, f"{partner.name}に要請 {request['number']} が届きません（{channel}）。")


def _code(message: Mapping[str, Any]) -> str:
    match = CODE.search(message["text"])
    assert match is not None
    return match[1]


def _answer_by_link(
    stage: Stage,
    request: Mapping[str, Any],
    partner: Partner,
    decision: str,
    quantities: Mapping[str, int],
    reason: str = "",
) -> None:
    message = _message(stage, request, partner, "email")
    match = LINK.search(message["text"])
    assert match is not None
    stage.visit("GET", f"/r/{match[1]}")
    form = {f"quantity-{number}": str(quantities[kind]) for number, kind in enumerate(NEEDS, 1)}
    stage.visit("POST", f"/r/{match[1]}", data={"decision": decision, "reason": reason, **form})
    status = "provisional" if decision == "provisional" else "offered"
    _offer(stage, request, partner, status)
    how = f"条件付き（{reason}）" if reason else "可"
    stage.say(f"{partner.name}がメールのリンクから回答: {how} {_listed(request, quantities)}")


def _answer_by_sms(
    stage: Stage, request: Mapping[str, Any], partner: Partner, digit: int, quantities: Mapping[str, int]
) -> None:
    message = _message(stage, request, partner, "sms")
    text = " ".join([_code(message), str(digit), *(str(quantities[kind]) for kind in quantities)])
    arrival = {"from": message["to"], "to": "0", "text": text, "id": f"story-{message['id']}"}
    stage.visit("GET", f"/hooks/sms/{stage.hook}/mo", params=arrival)
    _offer(stage, request, partner, "offered" if quantities else "declined")
    what = f"可 {_listed(request, quantities)}" if quantities else "不可"
    stage.say(f"{partner.name}がSMS「{text}」で回答: {what}")


def _answer_by_api(stage: Stage, request: Mapping[str, Any], partner: Partner) -> None:
    lines = [{"line": line["id"], "quantity": OFFERED_BESIDE[line["kind"]]} for line in request["lines"]]
    draft = {"municipality": partner.municipality, "decision": "accept", "lines": lines}
    stage.call("POST", f"/requests/{request['id']}/offers", by=partner.municipality, json=draft)
    _offer(stage, request, partner, "offered")
    stage.say(f"{partner.name}がAPIから回答: 可 {_listed(request, OFFERED_BESIDE)}")


def _offer(stage: Stage, request: Mapping[str, Any], partner: Partner, status: str) -> dict[str, Any]:
    """Return a partner's offer once it has a status."""

    def found() -> dict[str, Any] | None:
        offers = stage.call("GET", f"/requests/{request['id']}/offers", by=REQUESTER)["items"]
        own = (each for each in offers if each["municipality"] == partner.municipality)
        return next((each for each in own if each["status"] == status), None)

    return awaited(found, f"{partner.name}の申出が {status} になりません。")


def _accept(stage: Stage, request: Mapping[str, Any], taken: Sequence[tuple[Partner, Mapping[str, int]]]) -> None:
    kinds = {line["id"]: line["kind"] for line in request["lines"]}
    for partner, quantities in taken:
        offer = _offer(stage, request, partner, "offered")
        lines = [{"line": line, "quantity": quantities[kind]} for line, kind in kinds.items()]
        accepted = stage.call("POST", f"/offers/{offer['id']}/acceptance", by=REQUESTER, json={"lines": lines})
        kept = {kinds[each["line"]]: each["quantity"] for each in accepted["commitments"]}
        if kept != dict(quantities):
            raise RefusedError(f"{partner.name}の応援決定が {kept} になりました（決定したのは {dict(quantities)}）。")
        stage.say(f"登米市が{partner.name}の応援を決定: {_listed(request, quantities)}")


def _check_end(stage: Stage, request: Mapping[str, Any], expected: Mapping[Partner, str]) -> None:
    found = stage.call("GET", f"/requests/{request['id']}", by=REQUESTER)
    short = [line["name_ja"] for line in found["lines"] if line["committed"] != line["quantity"]]
    if found["status"] != "covered" or short:
        raise RefusedError(f"要請が満たされていません（{found['status']}、不足: {'、'.join(short)}）。")
    stage.say(f"要請 {request['number']} はすべて満たされました: {_listed(request, NEEDS)}")
    for partner, status in expected.items():
        _offer(stage, request, partner, status)
    names = []
    for partner in expected:
        if expected[partner] == "released":
            _stood_down(stage, request, partner)
            names.append(partner.name)
    stage.say(f"ほかの団体に待機解除を通知: {'、'.join(names)}")


def _stood_down(stage: Stage, request: Mapping[str, Any], partner: Partner) -> None:
    def found() -> dict[str, Any] | None:
        items = stage.call("GET", f"/messages?member={partner.municipality}", by=REQUESTER)["items"]
        return next(
            (each for each in items if "待機解除" in each["subject"] and request["number"] in each["text"]), None
        )

    awaited(found, f"{partner.name}に待機解除が届きません。")


def _listed(request: Mapping[str, Any], quantities: Mapping[str, int]) -> str:
    lines = {line["kind"]: line for line in request["lines"]}
    return "、".join(f"{lines[kind]['name_ja']} {n}{lines[kind]['unit']}" for kind, n in quantities.items())
