"""Signing in over the API: by password and code, or by a printed code."""

import asyncio

from foundation.calls import Call
from foundation.operations import operation
from foundation.peers import address_of
from service import permissions
from service.identity.limits.errors import TooManyGuesses
from service.identity.passwords import hashing
from service.identity.passwords.errors import CodeWrong
from service.identity.passwords.schemas import CodeShown
from service.identity.sessions.schemas import SignedInView
from service.identity.sign_in import actions
from service.identity.sign_in.actions import Attempt, Refusal
from service.identity.sign_in.errors import SignInFailed
from service.identity.sign_in.schemas import CodeSignIn, PasswordSignIn

PACE = 0.25
"""Seconds: a refusal goes out at the next full beat, so that nobody hears how much there was to look up."""


@operation(
    "POST",
    "/sign-in/password",
    permission=None,
    body=PasswordSignIn,
    returns=SignedInView,
    status=201,
    keeps_answer=False,
    problems=[SignInFailed, TooManyGuesses],
)
async def sign_in_by_password(call: Call, shown: PasswordSignIn) -> SignedInView:
    """パスワードでサインインする (sign in by password, and a code where there is one)."""
    return await _sign_in(call, shown)


@operation(
    "POST",
    "/sign-in/code",
    permission=None,
    body=CodeSignIn,
    returns=SignedInView,
    status=201,
    keeps_answer=False,
    problems=[SignInFailed, TooManyGuesses],
)
async def sign_in_by_code(call: Call, shown: CodeSignIn) -> SignedInView:
    """印刷コードでサインインする (sign in by a printed code)."""
    return await _sign_in(call, shown)


@operation(
    "POST",
    "/me/step-up",
    permission=permissions.SEE_ONESELF,
    body=CodeShown,
    returns=SignedInView,
    status=201,
    keeps_answer=False,
    problems=[CodeWrong, TooManyGuesses],
)
async def step_up(call: Call, shown: CodeShown) -> SignedInView:
    """2つめの確認をする (show a second factor; the session's token is replaced)."""
    if call.actor.person is None:
        raise CodeWrong
    outcome = await call.database.write(actions.step_up, call.actor, shown.code)
    if isinstance(outcome, Refusal):
        if outcome.seconds:
            raise TooManyGuesses(seconds=outcome.seconds)
        raise CodeWrong
    return outcome


def peer_of(call: Call) -> str | None:
    """Return the address that the call comes from."""
    return address_of(call.request, call.state.settings.trusted_proxy)


async def _sign_in(call: Call, shown: PasswordSignIn | CodeSignIn) -> SignedInView:
    started = asyncio.get_running_loop().time()
    attempt = Attempt(
        shown.email, peer_of(call), shown.password is not None, shown.code, shown.terminal, shown.shared
    )
    prepared = await call.database.read(actions.prepare, attempt)
    if prepared.seconds:
        raise TooManyGuesses(seconds=prepared.seconds)
    # Compared in any case, outside any transaction: it takes as long for addresses and people without a password.
    kept = prepared.claimed.hash if prepared.claimed else None
    is_right = await hashing.is_right(shown.password or "", kept)
    judged = is_right if shown.password is not None else None
    outcome = await call.database.write(actions.sign_in, attempt, prepared, judged)
    if isinstance(outcome, Refusal):
        await _beat(started)
        raise TooManyGuesses(seconds=outcome.seconds) if outcome.seconds else SignInFailed
    return outcome


async def _beat(started: float) -> None:
    """Wait for the next beat since a call began."""
    passed = asyncio.get_running_loop().time() - started
    await asyncio.sleep(PACE - passed % PACE)
