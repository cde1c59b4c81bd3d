"""Who was told of a request, member by member: answered, silent, waiting or failed."""

from collections import Counter, defaultdict
from typing import Any

from service.portal import labels
from service.portal.client import Api, ApiProblem

ARRIVED = {"accepted", "delivered"}
WAITING = {"queued", "sending"}
FAILED = {"failed", "expired"}
ORDER = ("silent", "failed", "waiting", "answered")
"""Whom to call by phone comes first."""


async def names(api: Api, group: str) -> dict[str, str]:
    """Return the names of a group's members by id."""
    try:
        members = await api.every(f"/groups/{group}/members")
    except ApiProblem:
        return {}
    return {each["member"]: each["name"] for each in members}


def summary(deliveries: list[dict[str, Any]], request: dict[str, Any], known: dict[str, str]) -> list[dict[str, Any]]:
    """Return one row per member that was told of the request itself."""
    by_member: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for each in deliveries:
        if each["topic"] == request["id"] and each["member"] != request["member"]:
            by_member[each["member"]].append(each)
    rows = [_row(member, sent, known) for member, sent in by_member.items()]
    return sorted(rows, key=lambda row: (ORDER.index(row["state"]), row["name"]))


def counts(rows: list[dict[str, Any]]) -> list[tuple[str, int]]:
    """Return how many members are in which state."""
    counted = Counter(row["state"] for row in rows)
    return [(state, counted[state]) for state in labels.TOLD if counted[state]]


def _row(member: str, sent: list[dict[str, Any]], known: dict[str, str]) -> dict[str, Any]:
    answered = [each["answered_at"] for each in sent if each["answered_at"]]
    return {
        "name": known.get(member) or sent[0]["municipality"] or "（名称不明）",
        "state": _state(sent, is_answered=bool(answered)),
        "sent": len(sent),
        "arrived": sum(each["status"] in ARRIVED for each in sent),
        "answered_at": min(answered, default=None),
    }


def _state(sent: list[dict[str, Any]], *, is_answered: bool) -> str:
    statuses = {each["status"] for each in sent}
    if is_answered:
        return "answered"
    if statuses & ARRIVED:
        return "silent"
    if statuses & WAITING:
        return "waiting"
    return "failed" if statuses & FAILED else "silent"
