"""Signing in without a password, on the demo alone: never listed nor served elsewhere."""

from foundation.actor import TWO_FACTORS
from foundation.calls import Call
from foundation.fields import Line, Schema, View
from foundation.mode import Mode
from foundation.operations import operation
from foundation.problems import NotFound
from service.identity.actions import issue_token


class DemoSignIn(Schema):
    """デモ用サインイン."""

    email: Line


class TokenView(View):
    """発行したトークン: shown this once."""

    token: str


@operation("POST", "/demo/sign-in", permission=None, body=DemoSignIn, status=201, problems=[NotFound])
async def sign_in_to_demo(call: Call, sign_in: DemoSignIn) -> TokenView:
    """デモの担当者としてサインインする (sign in to the demo as somebody who has shown two factors)."""
    if call.state.mode != Mode.DRILL:
        raise NotFound
    return TokenView(token=await call.database.write(issue_token, sign_in.email, assurance=TWO_FACTORS, days=1))
