"""Invitations over the API."""

from agreements.errors import PersonNotFound
from foundation.calls import Call
from foundation.operations import operation
from foundation.problems import Forbidden, StepUpNeeded
from service import permissions
from service.identity.invitations import actions
from service.identity.invitations.errors import AskAdministrator, AskAnother, InvitationGone, NoMailAddress
from service.identity.invitations.schemas import Acceptance, InvitationDraft, InvitationView
from service.identity.passwords import hashing
from service.identity.passwords.api import require_good
from service.identity.passwords.errors import PasswordRefused
from service.identity.sessions.schemas import SignedInView
from service.identity.sign_in.api import peer_of


@operation(
    "POST",
    "/people/{person}/invitation",
    permission=permissions.INVITE,
    body=InvitationDraft,
    returns=InvitationView,
    status=201,
    problems=[PersonNotFound, AskAnother, AskAdministrator, NoMailAddress, Forbidden, StepUpNeeded],
)
async def invite_person(call: Call, person: str, draft: InvitationDraft) -> InvitationView:
    """サインインの招待をメールで送る (mail somebody a link to set a password, for the first time or after a loss)."""
    base_url = call.state.settings.base_url
    view = await call.database.write(actions.invite, call.actor, person, draft, base_url)
    call.state.wake()
    return view


@operation(
    "POST",
    "/invitations",
    permission=None,
    body=Acceptance,
    returns=SignedInView,
    status=201,
    keeps_answer=False,
    problems=[InvitationGone, PasswordRefused],
)
async def accept_invitation(call: Call, acceptance: Acceptance) -> SignedInView:
    """招待を受けてパスワードを決める (set a password by the link of an invitation, and sign in)."""
    invited = await call.database.read(actions.invited_by_link, acceptance.token)
    await require_good(acceptance.password, invited.words)
    fresh = await hashing.hashed(acceptance.password)
    return await call.database.write(actions.accept, acceptance.token, fresh, peer_of(call))
