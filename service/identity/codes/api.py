"""Printed codes over the API."""

from foundation.calls import Call
from foundation.operations import operation
from foundation.problems import StepUpNeeded
from service import permissions
from service.identity.codes import actions
from service.identity.codes.schemas import CodesView


@operation(
    "POST",
    "/me/codes",
    permission=permissions.KEEP_SIGN_IN,
    returns=CodesView,
    status=201,
    keeps_answer=False,
    problems=[StepUpNeeded],
)
async def make_codes(call: Call) -> CodesView:
    """印刷コードを作る (make ten codes to print; the former ones no longer count)."""
    return await call.database.write(actions.make_codes, call.actor)
