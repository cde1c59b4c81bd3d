"""Passkeys over the API."""

import asyncio

from foundation.actor import TWO_FACTORS
from foundation.calls import Call
from foundation.operations import operation
from foundation.problems import StepUpNeeded
from service import permissions
from service.identity import queries
from service.identity.passkeys import actions, ceremonies
from service.identity.passkeys.ceremonies import Site
from service.identity.passkeys.errors import PasskeyExists, PasskeyNotFound, PasskeyRefused
from service.identity.passkeys.schemas import OptionsView, PasskeyDraft, PasskeySignIn
from service.identity.schemas import PasskeySummary
from service.identity.sessions.schemas import SignedInView
from service.identity.sign_in.api import peer_of
from service.identity.sign_in.errors import SignInFailed


@operation(
    "POST",
    "/me/passkeys/options",
    permission=permissions.KEEP_SIGN_IN,
    returns=OptionsView,
    status=201,
    keeps_answer=False,
    problems=[StepUpNeeded],
)
async def offer_passkey(call: Call) -> OptionsView:
    """パスキーの登録を始める (ask the browser for a new passkey)."""
    account = await call.database.read(queries.email_of, call.actor)
    offered = await call.database.write(actions.offer_registration, call.actor)
    assert call.actor.person is not None
    arguments = (_site(call), offered.challenge, call.actor.person, account or call.actor.name, list(offered.known))
    options = await asyncio.to_thread(ceremonies.creation_options, *arguments)
    return OptionsView(challenge=offered.id, options=options)


@operation(
    "POST",
    "/me/passkeys",
    permission=permissions.KEEP_SIGN_IN,
    body=PasskeyDraft,
    returns=PasskeySummary,
    status=201,
    keeps_answer=False,
    problems=[PasskeyRefused, PasskeyExists, StepUpNeeded],
)
async def register_passkey(call: Call, draft: PasskeyDraft) -> PasskeySummary:
    """パスキーを登録する (register the passkey that the browser made)."""
    challenge = await call.database.read(actions.asked, call.actor, draft)
    key = None
    if challenge is not None:
        # Judged on a thread, outside any transaction: nobody waits for a stranger's signature.
        key = await asyncio.to_thread(ceremonies.created, _site(call), challenge, draft.credential)
    made = await call.database.write(actions.register, call.actor, draft, key)
    if made is None:
        raise PasskeyRefused
    return made


@operation(
    "DELETE",
    "/me/passkeys/{passkey}",
    permission=permissions.KEEP_SIGN_IN,
    status=204,
    assurance=TWO_FACTORS,
    problems=[PasskeyNotFound],
)
async def remove_passkey(call: Call, passkey: str) -> None:
    """パスキーの登録を削除する (remove one of one's passkeys)."""
    await call.database.write(actions.remove, call.actor, passkey)


@operation("POST", "/sign-in/passkey/options", permission=None, returns=OptionsView, status=201, keeps_answer=False)
async def offer_passkey_sign_in(call: Call) -> OptionsView:
    """パスキーによるサインインを始める (ask the browser to sign in by a passkey)."""
    offered = await call.database.write(actions.offer_sign_in)
    options = await asyncio.to_thread(ceremonies.request_options, _site(call), offered.challenge)
    return OptionsView(challenge=offered.id, options=options)


@operation(
    "POST",
    "/sign-in/passkey",
    permission=None,
    body=PasskeySignIn,
    returns=SignedInView,
    status=201,
    keeps_answer=False,
    problems=[SignInFailed],
)
async def sign_in_by_passkey(call: Call, shown: PasskeySignIn) -> SignedInView:
    """パスキーでサインインする (sign in by a passkey; counts as two factors)."""
    found = await call.database.read(actions.presented, shown)
    count = None
    if found is not None:
        judging = (_site(call), found.challenge, shown.credential, found.key)
        count = await asyncio.to_thread(ceremonies.sign_count_after, *judging)
    signed_in = await call.database.write(actions.sign_in, shown, found, count, peer_of(call))
    if signed_in is None:
        raise SignInFailed
    return signed_in


def _site(call: Call) -> Site:
    return Site.of(call.state.settings.base_url)
