"""A person's own password and authenticator app over the API."""

import asyncio
from collections.abc import Sequence

from foundation.actor import TWO_FACTORS
from foundation.calls import Call
from foundation.operations import operation
from foundation.problems import StepUpNeeded
from service import permissions
from service.identity import queries
from service.identity.factors import factors_of
from service.identity.limits.errors import TooManyGuesses
from service.identity.passwords import actions, hashing, rules
from service.identity.passwords.errors import (
    GUESSABLE,
    TOO_SHORT,
    CodeWrong,
    CurrentWrong,
    NoTotp,
    PasswordRefused,
    TotpExists,
)
from service.identity.passwords.schemas import CodeShown, PasswordChange, TotpView
from service.identity.schemas import FactorsView
from service.identity.sessions.schemas import SignedInView


async def require_good(password: str, words: Sequence[str]) -> None:
    """Raise PasswordRefused for a short or guessable password; the estimate runs on a thread."""
    if not rules.is_long_enough(password):
        raise PasswordRefused(TOO_SHORT)
    if await asyncio.to_thread(rules.is_guessable, password, words):
        raise PasswordRefused(GUESSABLE)


@operation("GET", "/me/factors", permission=permissions.SEE_ONESELF, returns=FactorsView)
async def read_factors(call: Call) -> FactorsView:
    """自分のサインインの方法を見る (what one can sign in with)."""
    return await call.database.read(factors_of, call.actor)


@operation(
    "PUT",
    "/me/password",
    permission=permissions.KEEP_SIGN_IN,
    body=PasswordChange,
    status=204,
    problems=[PasswordRefused, CurrentWrong, TooManyGuesses, StepUpNeeded],
)
async def change_password(call: Call, change: PasswordChange) -> None:
    """パスワードを設定・変更する (set or change one's password; other sessions end)."""
    present = await call.database.read(actions.present_of, call.actor)
    if present.seconds:
        raise TooManyGuesses(seconds=present.seconds)
    # All that is slow or refuses comes first: what is answered, and when, says nothing of a slowed guess.
    await require_good(change.password, present.words)
    fresh = await hashing.hashed(change.password)
    is_right = present.hash is None or await hashing.is_right(change.current or "", present.hash)
    refusal = await call.database.write(
        actions.change_password, call.actor, present, fresh, is_current_right=is_right
    )
    if refusal is not None:
        raise refusal


@operation(
    "POST",
    "/me/totp",
    permission=permissions.KEEP_SIGN_IN,
    returns=TotpView,
    status=201,
    keeps_answer=False,
    problems=[TotpExists, StepUpNeeded],
)
async def begin_totp(call: Call) -> TotpView:
    """認証アプリの登録を始める (begin to register an authenticator app)."""
    account = await call.database.read(queries.email_of, call.actor)
    return await call.database.write(actions.begin_totp, call.actor, account or call.actor.name)


@operation(
    "POST",
    "/me/totp/confirmation",
    permission=permissions.KEEP_SIGN_IN,
    body=CodeShown,
    returns=SignedInView,
    status=201,
    keeps_answer=False,
    problems=[NoTotp, CodeWrong, StepUpNeeded],
)
async def confirm_totp(call: Call, shown: CodeShown) -> SignedInView:
    """認証アプリの登録を確かめる (confirm the app by a code; the session's token is replaced)."""
    return await call.database.write(actions.confirm_totp, call.actor, shown.code)


@operation(
    "DELETE",
    "/me/totp",
    permission=permissions.KEEP_SIGN_IN,
    status=204,
    assurance=TWO_FACTORS,
    problems=[NoTotp],
)
async def remove_totp(call: Call) -> None:
    """認証アプリの登録を削除する (remove one's authenticator app)."""
    await call.database.write(actions.remove_totp, call.actor)
