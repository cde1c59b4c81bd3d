"""What is said of addresses that count during one incident."""

from typing import Literal

from agreements.models import Confirmation
from agreements.people.schemas import Address
from foundation.fields import Line, Moment, Ref, Schema, View


class TemporaryQuery(Schema):
    """臨時連絡先の検索: those of one incident, or all."""

    incident: Ref | None = None
    cursor: Ref | None = None


class TemporaryDraft(Schema):
    """臨時連絡先の登録: an address or number of a member's people that counts during one incident.

    Entered by another member, it counts in the one group in force that both share; `group` says which of several.
    """

    incident: Ref
    group: Ref | None = None
    channel: Literal["email", "sms"]
    address: Address
    label: Line | None = None
    person: Ref | None = None


class ConfirmationDraft(Schema):
    """臨時連絡先の確認: how it was made sure that the address is theirs."""

    how: Confirmation


class TemporaryView(View):
    """臨時連絡先: alerts of the group (of all its groups, where null) go to it once it is confirmed."""

    id: str
    incident: str
    group: str | None
    member: str
    municipality: str | None
    person: str | None
    channel: str
    address: str | None
    label: str | None
    created_at: Moment
    confirmed_at: Moment | None
    confirmed_how: Confirmation | None
