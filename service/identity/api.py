"""The operations on who is signed in."""

from foundation.calls import Call
from foundation.operations import operation
from service import permissions
from service.identity import queries
from service.identity.actions import revoke_token
from service.identity.clients import actions as clients
from service.identity.gate import bearer_of
from service.identity.schemas import MembershipView, MeView
from service.identity.sessions import actions as sessions


@operation("GET", "/me", permission=permissions.SEE_ONESELF, returns=MeView)
async def read_me(call: Call) -> MeView:
    """自分の登録内容 (who is signed in)."""
    actor = call.actor
    email = await call.database.read(queries.email_of, actor)
    return MeView(
        person=actor.person,
        name=actor.name,
        member=actor.member,
        municipality=actor.municipality,
        roles=sorted(actor.roles),
        email=email,
        mode=call.state.mode,
        assurance=actor.assurance,
        is_pin=actor.is_pin,
        memberships=[
            MembershipView(
                group=each.group, municipality=each.municipality, member=each.member, roles=sorted(each.roles)
            )
            for each in actor.memberships
        ],
    )


@operation("DELETE", "/me/token", permission=permissions.SEE_ONESELF, status=204)
async def sign_out(call: Call) -> None:
    """サインアウトする (end the session or token of this call)."""
    if call.actor.session is not None:
        await call.database.write(sessions.sign_out, call.actor)
        return
    token = bearer_of(call.request)
    if token is not None:
        ends = clients.revoke if call.actor.client else revoke_token
        await call.database.write(ends, call.actor, token)
