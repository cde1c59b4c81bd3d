"""What arrives twice counts once: the answer of a keyed write is kept in the write's own transaction."""

import hashlib
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel
from sqlalchemy import Index, LargeBinary, String, bindparam, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from foundation import clock
from foundation.database.base import Base, Instant, sealed_under
from foundation.database.statements import insert_or_skip, table_of
from foundation.database.unit import P, Work
from foundation.problems import Invalid
from foundation.sealing import seal, unseal

View = TypeVar("View", bound=BaseModel)
PLACE = "kept_answers.answer"


class KeptAnswer(Base):
    """保存済み応答: what a keyed write answered, sealed, so that a repeat gets the same.

    `owner` is whose key it stands under; None before keys had versions, when it was the caller.
    """

    __tablename__ = "kept_answers"
    __table_args__ = (Index("ix_kept_answers_made", "made_at"),)

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    body: Mapped[str] = mapped_column(String(64))
    owner: Mapped[str | None] = mapped_column(String(36))
    answer: Mapped[bytes | None] = mapped_column(LargeBinary, info=sealed_under("owner"))
    made_at: Mapped[Instant]


class KeyReused(Invalid):
    """The same Idempotency-Key came with another body."""

    ja = "同じ Idempotency-Key が別の内容で使われています。新しいキーを付けて送ってください。"
    en = "This Idempotency-Key was used for something else; send with a new key."


@dataclass(frozen=True, slots=True)
class RequestKey:
    """A repeatable write: who sends what to where under which key (digests only)."""

    key: str
    body: str
    caller: str
    owner: str

    @classmethod
    def of(cls, key: str, *, caller: str, target: str, body: bytes, owner: str | None = None) -> "RequestKey":
        """Digest a request; the same key of another caller or for another target is another key."""
        whole = hashlib.sha256(f"{caller}\n{target}\n{key}".encode()).hexdigest()
        return cls(whole, hashlib.sha256(body).hexdigest(), caller, owner or caller)


def once(
    session: Session,
    key: RequestKey,
    returns: type[View],
    fn: Work[P, View],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> View:
    """Run the work and keep its answer, or give back the answer kept for this key.

    A concurrent repeat waits in the insert until the first has committed or failed.
    Raises KeyReused where the key came with another body.
    """
    row = {"key": key.key, "body": key.body, "owner": key.owner, "answer": None, "made_at": clock.now(session)}
    if not insert_or_skip(session, KeptAnswer, row):
        return _kept(session, key, returns)
    view = fn(session, *args, **kwargs)
    sealed = seal(session, key.owner, PLACE, key.key, view.model_dump_json())
    session.execute(_KEEP, {"of": key.key, "answer": sealed})
    return view


_KEEP = update(table_of(KeptAnswer)).where(table_of(KeptAnswer).c.key == bindparam("of"))


def _kept(session: Session, key: RequestKey, returns: type[View]) -> View:
    kept = session.get_one(KeptAnswer, key.key)
    if kept.body != key.body:
        raise KeyReused
    assert kept.answer is not None
    return returns.model_validate_json(unseal(session, kept.owner or key.caller, PLACE, key.key, kept.answer))
