"""Guest IDs over the API: kept by the owner's people, their receipt confirmed by the helper's member."""

from foundation.actor import TWO_FACTORS
from foundation.calls import Call
from foundation.operations import operation
from foundation.problems import Stale
from inventory import permissions
from inventory.errors import (
    GuestIdGivenBefore,
    GuestIdNotFound,
    GuestLabelTaken,
    GuestPoolNotFound,
    GuestsStillOut,
    InvalidGuest,
    NotCommittedToYou,
    PoolRetired,
    PrerequisitesMissing,
    RecordNotFound,
    TooManyGuestIds,
    WrongGuestState,
)
from inventory.guests import actions, ending, pools, queries
from inventory.guests.schemas import (
    GuestIdDraft,
    GuestIdsView,
    GuestIdView,
    GuestPoolChange,
    GuestPoolDraft,
    GuestPoolsQuery,
    GuestPoolsView,
    GuestPoolView,
    GuestRevocationsDraft,
    GuestUsesView,
    GuestUseView,
    HandedOverView,
    HandOverDraft,
    IssueDraft,
    IssuedView,
    ReceiptDraft,
    ReconciliationView,
    ReservationDraft,
    RevocationDraft,
    RevokedView,
    SecretDraft,
)

RESERVE_REFUSED = (
    GuestIdNotFound,
    WrongGuestState,
    NotCommittedToYou,
    InvalidGuest,
    GuestIdGivenBefore,
    PoolRetired,
)


@operation("GET", "/guest-pools", permission=permissions.KEEP_GUESTS, query=GuestPoolsQuery, returns=GuestPoolsView)
async def list_guest_pools(call: Call, query: GuestPoolsQuery) -> GuestPoolsView:
    """ゲストIDの区分の一覧と照合 (list the own pools, each with its reconciliation)."""
    return await call.database.read(queries.list_pools, call.actor, query)


@operation(
    "POST",
    "/guest-pools",
    permission=permissions.KEEP_GUESTS,
    body=GuestPoolDraft,
    returns=GuestPoolView,
    status=201,
    problems=[InvalidGuest, RecordNotFound, TooManyGuestIds],
)
async def create_guest_pool(call: Call, draft: GuestPoolDraft) -> GuestPoolView:
    """ゲストIDの区分を登録する (found a pool for one system)."""
    return await call.database.write(actions.create_pool, call.actor, draft)


@operation(
    "GET",
    "/guest-pools/{pool}",
    permission=permissions.KEEP_GUESTS,
    returns=GuestPoolView,
    problems=[GuestPoolNotFound],
)
async def read_guest_pool(call: Call, pool: str) -> GuestPoolView:
    """ゲストIDの区分を見る (show a pool)."""
    return await call.database.read(queries.read_pool, call.actor, pool)


@operation(
    "PATCH",
    "/guest-pools/{pool}",
    permission=permissions.KEEP_GUESTS,
    body=GuestPoolChange,
    returns=GuestPoolView,
    problems=[GuestPoolNotFound, InvalidGuest, RecordNotFound, PoolRetired, Stale],
)
async def change_guest_pool(call: Call, pool: str, change: GuestPoolChange) -> GuestPoolView:
    """ゲストIDの区分を変更する (change a pool's name, record, prerequisites or instructions)."""
    return await call.database.write(pools.change, call.actor, pool, change, call.if_match)


@operation(
    "POST",
    "/guest-pools/{pool}/retirement",
    permission=permissions.KEEP_GUESTS,
    returns=GuestPoolView,
    problems=[GuestPoolNotFound, GuestsStillOut, PoolRetired],
)
async def retire_guest_pool(call: Call, pool: str) -> GuestPoolView:
    """ゲストIDの区分を廃止する (retire a pool of which nobody has an ID)."""
    return await call.database.write(pools.retire, call.actor, pool)


@operation(
    "GET",
    "/guest-pools/{pool}/reconciliation",
    permission=permissions.KEEP_GUESTS,
    returns=ReconciliationView,
    problems=[GuestPoolNotFound],
)
async def reconcile_guest_pool(call: Call, pool: str) -> ReconciliationView:
    """ゲストIDを照合する (count how the guest IDs of a pool stand)."""
    return await call.database.read(queries.reconcile, call.actor, pool)


@operation(
    "GET",
    "/guest-pools/{pool}/guest-ids",
    permission=permissions.KEEP_GUESTS,
    returns=GuestIdsView,
    problems=[GuestPoolNotFound],
)
async def list_guest_ids(call: Call, pool: str) -> GuestIdsView:
    """ゲストIDの一覧 (list the guest IDs of a pool)."""
    return await call.database.read(queries.list_guests, call.actor, pool)


@operation(
    "POST",
    "/guest-pools/{pool}/guest-ids",
    permission=permissions.KEEP_GUESTS,
    body=GuestIdDraft,
    returns=GuestIdView,
    status=201,
    problems=[GuestPoolNotFound, InvalidGuest, GuestLabelTaken, TooManyGuestIds, PoolRetired],
)
async def prepare_guest_id(call: Call, pool: str, draft: GuestIdDraft) -> GuestIdView:
    """ゲストIDを準備する (lay down a guest ID, its secret sealed or in an envelope)."""
    return await call.database.write(actions.prepare, call.actor, pool, draft)


@operation(
    "POST",
    "/guest-ids/{guest}/reservation",
    permission=permissions.KEEP_GUESTS,
    body=ReservationDraft,
    returns=GuestIdView,
    problems=RESERVE_REFUSED,
)
async def reserve_guest_id(call: Call, guest: str, draft: ReservationDraft) -> GuestIdView:
    """ゲストIDを割り当てる (reserve a guest ID for a named helper and a period)."""
    return await call.database.write(actions.reserve, call.actor, guest, draft)


@operation(
    "POST",
    "/guest-ids/{guest}/issue",
    permission=permissions.KEEP_GUESTS,
    assurance=TWO_FACTORS,
    body=IssueDraft,
    returns=IssuedView,
    problems=[GuestIdNotFound, WrongGuestState, PrerequisitesMissing],
    keeps_answer=False,
)
async def issue_guest_id(call: Call, guest: str, draft: IssueDraft) -> IssuedView:
    """ゲストIDを発行する (show the secret, this once, to who hands it over)."""
    return await call.database.write(actions.issue, call.actor, guest, draft)


@operation(
    "POST",
    "/guest-ids/{guest}/receipt",
    permission=permissions.RECEIVE_GUESTS,
    body=ReceiptDraft,
    returns=GuestUseView,
    problems=[GuestIdNotFound, WrongGuestState, InvalidGuest],
)
async def receive_guest_id(call: Call, guest: str, draft: ReceiptDraft) -> GuestUseView:
    """ゲストIDの受領を確認する (confirm for the helper's member that the named person holds it)."""
    return await call.database.write(actions.receive, call.actor, guest, draft)


@operation(
    "POST",
    "/guest-ids/{guest}/revocation",
    permission=permissions.KEEP_GUESTS,
    body=RevocationDraft,
    returns=GuestIdView,
    problems=[GuestIdNotFound, WrongGuestState],
)
async def revoke_guest_id(call: Call, guest: str, draft: RevocationDraft) -> GuestIdView:
    """ゲストIDを停止する (end a use, or take back a reservation)."""
    return await call.database.write(ending.revoke, call.actor, guest, draft)


@operation(
    "POST",
    "/guest-revocations",
    permission=permissions.KEEP_GUESTS,
    body=GuestRevocationsDraft,
    returns=RevokedView,
    problems=[InvalidGuest],
)
async def revoke_guest_ids(call: Call, draft: GuestRevocationsDraft) -> RevokedView:
    """ゲストIDをまとめて停止する (end all of one commitment or incident in one act)."""
    return await call.database.write(ending.revoke_all, call.actor, draft)


@operation(
    "POST",
    "/guest-ids/{guest}/hand-over",
    permission=permissions.KEEP_GUESTS,
    body=HandOverDraft,
    returns=HandedOverView,
    problems=RESERVE_REFUSED,
)
async def hand_over_guest_id(call: Call, guest: str, draft: HandOverDraft) -> HandedOverView:
    """ゲストIDを引き継ぐ (end one helper's use, and reserve another guest ID for the next)."""
    return await call.database.write(ending.hand_over, call.actor, guest, draft)


@operation(
    "POST",
    "/guest-ids/{guest}/rotation",
    permission=permissions.KEEP_GUESTS,
    body=SecretDraft,
    returns=GuestIdView,
    problems=[GuestIdNotFound, WrongGuestState, InvalidGuest, PoolRetired],
)
async def rotate_guest_id(call: Call, guest: str, draft: SecretDraft) -> GuestIdView:
    """ゲストIDを更新する (give a guest ID a new secret, so that it can be reserved again)."""
    return await call.database.write(actions.rotate, call.actor, guest, draft)


@operation("GET", "/received-guest-ids", permission=permissions.RECEIVE_GUESTS, returns=GuestUsesView)
async def list_received_guest_ids(call: Call) -> GuestUsesView:
    """自団体の応援者のゲストIDの一覧 (list the guest IDs meant for helpers of the own member)."""
    return await call.database.read(queries.list_received, call.actor)
