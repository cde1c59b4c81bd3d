"""Invitations as the API takes and shows them."""

from typing import Annotated

from pydantic import StringConstraints

from foundation.fields import Moment, Schema, View
from service.identity.passwords.schemas import PasswordText

InvitationToken = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


class InvitationDraft(Schema):
    """サインインの招待: with `resets_factors` also for somebody who has lost telephone, key and codes."""

    resets_factors: bool = False


class InvitationView(View):
    """サインインの招待: it went out by mail; its link is never shown here."""

    id: str
    person: str
    resets_factors: bool
    made_at: Moment
    ends_at: Moment


class Acceptance(Schema):
    """招待の受諾: the link's token, and the password that the person has chosen."""

    token: InvitationToken
    password: PasswordText
