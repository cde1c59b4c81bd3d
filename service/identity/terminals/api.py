"""Changing persons at a shared terminal over the API."""

from foundation.calls import Call
from foundation.operations import operation
from foundation.problems import StepUpNeeded
from service import permissions
from service.identity.sessions.schemas import SignedInView
from service.identity.terminals import actions, queries
from service.identity.terminals.errors import NotShared, PinRefused, PinWrong, TerminalUnknown
from service.identity.terminals.schemas import PinDraft, Switch, TerminalPeopleView

HEADER = "Yuimaru-Terminal"
"""Carries the terminal's token: an address would end up in somebody's log."""
LONGEST = 64


@operation(
    "PUT",
    "/terminal/pin",
    permission=permissions.KEEP_SIGN_IN,
    body=PinDraft,
    status=204,
    problems=[NotShared, PinRefused, StepUpNeeded],
)
async def set_pin(call: Call, draft: PinDraft) -> None:
    """共用端末のPINを決める (set a short number for today on the shared terminal of this session)."""
    await call.database.write(actions.set_pin, call.actor, draft.pin)


@operation("GET", "/terminal/people", permission=None, returns=TerminalPeopleView, problems=[TerminalUnknown])
async def list_terminal_people(call: Call) -> TerminalPeopleView:
    """共用端末を今日使っている人の一覧 (who may take over; the terminal's token comes as header Yuimaru-Terminal)."""
    token = call.request.headers.get(HEADER, "")
    if not 0 < len(token) <= LONGEST or not token.isascii():
        raise TerminalUnknown
    return await call.database.read(queries.people_at, token)


@operation(
    "POST",
    "/terminal/switch",
    permission=None,
    body=Switch,
    returns=SignedInView,
    status=201,
    keeps_answer=False,
    problems=[PinWrong],
)
async def switch_person(call: Call, wanted: Switch) -> SignedInView:
    """共用端末の担当者を切り替える (take over a shared terminal by one's short number)."""
    signed_in = await call.database.write(actions.switch, wanted)
    if signed_in is None:
        raise PinWrong
    return signed_in
