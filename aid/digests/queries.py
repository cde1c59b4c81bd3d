"""Which partners were asked about a request together with others, and how far that message came."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from aid.digests.models import AskDigest, DigestedRequest


def digests_of(session: Session, request: str, members: Collection[str] | None = None) -> dict[str, str]:
    """Return the digests that ask about a request, each with its member."""
    statement = select(DigestedRequest.digest_id, DigestedRequest.member_id).where(
        DigestedRequest.request_id == request
    )
    if members is not None:
        statement = statement.where(DigestedRequest.member_id.in_(members))
    return {row.digest_id: row.member_id for row in session.execute(statement)}


def digests_asking(session: Session, requests: Collection[str], members: Collection[str]) -> set[str]:
    """Return the digests that still ask some members about any of some requests."""
    return set(
        session.scalars(
            select(DigestedRequest.digest_id).where(
                DigestedRequest.request_id.in_(requests),
                DigestedRequest.member_id.in_(members),
                DigestedRequest.settled_at.is_(None),
            )
        )
    )


def parts_locked(session: Session, digests: Collection[str]) -> dict[str, list[DigestedRequest]]:
    """Lock digests; return their parts as they are once nobody else changes them."""
    found: dict[str, list[DigestedRequest]] = {each: [] for each in locked(session, digests)}
    if found:
        parts = select(DigestedRequest).where(DigestedRequest.digest_id.in_(found))
        for each in session.scalars(parts.execution_options(populate_existing=True)):
            found[each.digest_id].append(each)
    return found


def open_digests(session: Session, request: str) -> Sequence[tuple[str, int]]:
    """Return the digests that still ask about a request, and at which place of the message."""
    rows = session.execute(
        select(DigestedRequest.digest_id, DigestedRequest.place)
        .where(DigestedRequest.request_id == request, DigestedRequest.settled_at.is_(None))
        .order_by(DigestedRequest.digest_id)
    )
    return [(digest, place) for digest, place in rows]


def requests_of(session: Session, digest: str) -> list[str]:
    """Return the requests of a digest, the first in the message first."""
    return list(
        session.scalars(
            select(DigestedRequest.request_id)
            .where(DigestedRequest.digest_id == digest)
            .order_by(DigestedRequest.place)
        )
    )


def open_requests(session: Session, digest: str) -> set[str]:
    """Return the requests about which a digest still asks."""
    return set(
        session.scalars(
            select(DigestedRequest.request_id).where(
                DigestedRequest.digest_id == digest, DigestedRequest.settled_at.is_(None)
            )
        )
    )


def locked(session: Session, digests: Collection[str]) -> list[str]:
    """Lock digests in the order of their ids: changes of one by its several requests come one after the other."""
    found = select(AskDigest.id).where(AskDigest.id.in_(digests)).order_by(AskDigest.id)
    return list(session.scalars(found.with_for_update())) if digests else []


def requests_by_digest(session: Session, digests: Collection[str]) -> Mapping[str, list[str]]:
    """Return the requests of several digests."""
    found: dict[str, list[str]] = {}
    rows = session.execute(
        select(DigestedRequest.digest_id, DigestedRequest.request_id).where(DigestedRequest.digest_id.in_(digests))
    )
    for digest, request in rows:
        found.setdefault(digest, []).append(request)
    return found


def topics(session: Session, request: str, members: Collection[str] | None = None) -> list[str]:
    """Return the topics by which members were asked about a request: itself, and the digests."""
    return [request, *digests_of(session, request, members)]
