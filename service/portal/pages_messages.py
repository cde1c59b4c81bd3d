"""The message viewer: what the demo would have sent, as it was sent."""

from starlette.responses import Response

from service.portal.visit import Visit


async def show_messages(visit: Visit) -> Response:
    viewer = await visit.viewer()
    query = visit.request.query_params
    member = query.get("member", "")
    page = await visit.api.get("/messages", member=member, cursor=query.get("cursor"))
    members: dict[str, str] = {}
    for group in {each["group"] for each in viewer.memberships}:
        for each in await visit.api.every(f"/groups/{group}/members"):
            members[each["municipality"] or each["member"]] = each["name"]
    return visit.render(
        "messages.html",
        title="送信メッセージ",
        viewer=viewer,
        messages=page["items"],
        next=page["next"],
        member=member,
        members=sorted(members.items()),
    )
