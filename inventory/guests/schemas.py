"""What goes in and out at the operations on guest IDs. A secret goes out at the issue alone."""

from datetime import datetime

from foundation.fields import Line, Moment, Paragraph, Ref, Schema, View
from inventory.directory.schemas import DirectoryAccountView
from inventory.guests.lifecycle import GuestState


class GuestPoolDraft(Schema):
    """ゲストIDの区分の登録: for one system; `record` is that system in the own inventory."""

    name: Line
    record: Ref | None = None
    needs_pledge: bool = True
    needs_training: bool = False
    instructions: Paragraph | None = None
    is_in_directory: bool = False


class GuestPoolChange(Schema):
    """ゲストIDの区分の変更: what is left out stays; null empties the record and the instructions.

    What a helper must fulfil holds from the next issue on.
    """

    name: Line | None = None
    record: Ref | None = None
    needs_pledge: bool | None = None
    needs_training: bool | None = None
    instructions: Paragraph | None = None


class GuestPoolsQuery(Schema):
    """ゲストIDの区分の絞り込み: those in use, or those that are retired."""

    is_retired: bool = False


class SecretDraft(Schema):
    """秘密の登録: either the secret, which is sealed, or the number of the envelope in which it lies."""

    secret: Line | None = None
    envelope: Line | None = None


class GuestIdDraft(SecretDraft):
    """ゲストIDの登録: the account's name, and its secret or envelope."""

    label: Line


class ReservationDraft(Schema):
    """ゲストIDの割当: to whom, for which commitment, how long; `person` where the helper is registered."""

    commitment: Ref
    helper: Line
    person: Ref | None = None
    starts_at: Moment
    until_at: Moment


class IssueDraft(Schema):
    """ゲストIDの発行: what was confirmed; `undertaking` says where the signed paper is kept."""

    undertaking: Line | None = None
    is_trained: bool = False


class ReceiptDraft(Schema):
    """ゲストIDの受領: the name of who holds it now, as it was reserved."""

    helper: Line


class RevocationDraft(Schema):
    """ゲストIDの停止: why, if there is something to say."""

    reason: Line | None = None


class GuestRevocationsDraft(RevocationDraft):
    """ゲストIDの一括停止: everything of one commitment, or of one incident."""

    commitment: Ref | None = None
    incident: Ref | None = None


class HandOverDraft(Schema):
    """ゲストIDの引継ぎ: who gives it back, and who takes over with which other guest ID."""

    returned_by: Line
    next: Ref
    helper: Line
    person: Ref | None = None
    until_at: Moment


class ReconciliationView(View):
    """ゲストIDの照合: `prepared` is always the sum of the other four, at the instant `at`."""

    prepared: int
    free: int
    reserved: int
    active: int
    awaiting_rotation: int
    at: datetime


class GuestPoolView(View):
    """ゲストIDの区分: what a helper must fulfil, how many there are, and what the directory has yet to confirm."""

    id: str
    name: str
    record: str | None
    needs_pledge: bool
    needs_training: bool
    instructions: str | None
    is_in_directory: bool
    created_at: datetime
    retired_at: datetime | None
    version: int
    reconciliation: ReconciliationView
    waiting_in_directory: int


class GuestPoolsView(View):
    """ゲストIDの区分の一覧: all pools of the own member."""

    items: list[GuestPoolView]


class GuestUseView(View):
    """ゲストIDの利用: one named person's time with a guest ID; `directory` is for the owner alone."""

    id: str
    guest: str
    label: str
    pool: str
    pool_name: str
    owner: str
    owner_name: str
    member: str
    member_name: str
    helper: str
    person: str | None
    commitment: str
    incident: str
    state: GuestState
    starts_at: datetime
    until_at: datetime
    issued_at: datetime | None
    received_at: datetime | None
    ended_at: datetime | None
    returned_by: str | None
    reason: str | None
    directory: DirectoryAccountView | None


class GuestUsesView(View):
    """応援者のゲストIDの一覧: what is meant for helpers of the own member, without secrets."""

    items: list[GuestUseView]


class GuestIdView(View):
    """ゲストID: how it stands, and who has it."""

    id: str
    pool: str
    label: str
    envelope: str | None
    state: GuestState
    round: int
    prepared_at: datetime
    use: GuestUseView | None


class GuestIdsView(View):
    """ゲストIDの一覧: all of one pool."""

    items: list[GuestIdView]


class IssuedView(View):
    """発行したゲストID: the only answer that holds the secret, or the envelope to hand over."""

    guest: GuestIdView
    secret: str | None
    envelope: str | None
    instructions: str | None


class RevokedView(View):
    """停止の結果: how many guest IDs were revoked, how many reservations released, and which they were."""

    revoked: int
    released: int
    guests: list[str]


class HandedOverView(View):
    """引継ぎの結果: the guest ID that ended, and the one that is reserved for the next helper."""

    ended: GuestIdView
    reserved: GuestIdView
