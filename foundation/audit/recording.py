"""Keeping an act: collected while the work runs, linked into the chains as the transaction's last step.

The heads are locked only then, in one order for all, so writers of the same chain wait for each other for a moment
and never in a circle. What a savepoint takes back leaves no row and no hole.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Select, Update, bindparam, event, func, select, update
from sqlalchemy.orm import Session, SessionTransaction

from foundation import clock
from foundation.actor import Actor
from foundation.audit.chain import GENESIS, SERVICE, plain, row_hash
from foundation.audit.models import Audit, AuditHead
from foundation.database.statements import insert_or_skip, insert_rows, table_of
from foundation.database.unit import at_the_end
from foundation.ids import new_id

WAITING = "audit_rows"
Row = dict[str, Any]


def record(
    session: Session,
    actor: Actor,
    act: str,
    subject: str,
    /,
    *,
    chain: str | Iterable[str | None] | None = None,
    **facts: Any,
) -> None:
    """Keep that the actor did the act on the subject (`request:ID`).

    It stands in the record of the actor's own member (an operator's: the service's) and of every member that `chain`
    names as concerned; where there is none, in the service's. Raises TypeError for facts that are no plain JSON,
    RuntimeError in a transaction that only reads.
    """
    concerned = [chain] if chain is None or isinstance(chain, str) else list(chain)
    own = SERVICE if actor.is_operator else actor.member
    chains = [each for each in dict.fromkeys([own, *concerned]) if each is not None] or [SERVICE]
    answering = {"responsible": actor.responsible} if actor.client else {}
    kept = plain({**answering, **facts})
    at_the_end(session, link)
    within = tuple(_savepoints(session))
    waiting: list[tuple[tuple[SessionTransaction, ...], Row]] = session.info.setdefault(WAITING, [])
    for each in chains:
        row = {
            "id": new_id(),
            "at": clock.now(session),
            "act": act,
            "actor": actor.mark,
            "actor_member": actor.member,
            "chain": each,
            "subject": subject,
            "facts": kept,
        }
        waiting.append((within, row))


def link(session: Session) -> None:
    """Number, hash and insert what was recorded: three statements, however many rows."""
    rows: list[Row] = [row for _, row in session.info.pop(WAITING, ())]
    if not rows:
        return
    heads = _locked_heads(session, sorted({row["chain"] for row in rows}))
    for row in rows:
        sequence, previous = heads[row["chain"]]
        row["sequence"] = sequence + 1
        row["hash"] = row_hash(previous, row)
        row["previous_hash"] = previous
        heads[row["chain"]] = row["sequence"], row["hash"]
    insert_rows(session, Audit, *rows)
    session.execute(_move(), [{"of": chain, "to": end[0], "by": end[1]} for chain, end in heads.items()])


def _locked_heads(session: Session, chains: list[str]) -> dict[str, tuple[int, bytes]]:
    """Return the end of each chain, locked in the order of their names; a new chain gets its head.

    Heads are made while none is locked: else one who makes a head and waits for another's lock could meet one who
    holds that lock and waits for the new head.
    """
    heads = _heads(session, chains)
    if not heads:
        insert_or_skip(session, AuditHead, *({"chain": each, "sequence": 0, "hash": GENESIS} for each in chains))
        heads = _heads(session, chains)
    return heads


def _heads(session: Session, chains: list[str]) -> dict[str, tuple[int, bytes]]:
    wanted = {"chains": chains, "many": len(chains)}
    return {row.chain: (row.sequence, row.hash) for row in session.execute(_ends(), wanted)}


@cache
def _ends() -> Select[*tuple[Any, ...]]:
    """All heads that are asked for, or, where one is lacking, none."""
    heads, known = table_of(AuditHead).c, table_of(AuditHead).alias().c
    wanted: BindParameter[Any] = bindparam("chains", expanding=True)
    return (
        select(heads.chain, heads.sequence, heads.hash)
        .where(heads.chain.in_(wanted))
        .where(select(func.count()).where(known.chain.in_(wanted)).scalar_subquery() == bindparam("many"))
        .order_by(heads.chain)
        .with_for_update()
    )


@cache
def _move() -> Update:
    heads = table_of(AuditHead)
    return (
        update(heads).where(heads.c.chain == bindparam("of")).values(sequence=bindparam("to"), hash=bindparam("by"))
    )


def _savepoints(session: Session) -> Iterable[SessionTransaction]:
    """The savepoints that the work has open: what is recorded inside stands and falls with them."""
    inside = session.get_nested_transaction()
    while inside is not None and inside.nested:
        yield inside
        inside = inside.parent


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, ended: SessionTransaction) -> None:
    """Drop what was recorded inside a savepoint that is taken back."""
    info: Mapping[str, Any] = session.info
    if WAITING in info:
        session.info[WAITING] = [each for each in info[WAITING] if ended not in each[0]]
