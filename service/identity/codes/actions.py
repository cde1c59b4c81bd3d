"""Ten codes on paper, for the day when telephone and network are gone: each opens one sign-in."""

import secrets
import unicodedata
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from foundation import audit, clock
from foundation.actor import Actor
from foundation.ids import new_id
from foundation.sealing import digest
from service.identity import notices
from service.identity.codes.schemas import CodesView
from service.identity.factors import require_step_up
from service.identity.models import PrintedCode

COUNT = 10
LENGTH = 10
ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""Thirty signs that nobody takes for one another on paper; ten of them are 49 bits."""
PURPOSE = "printed-code"
HYPHENS = str.maketrans(dict.fromkeys("-ー‐‑‒–—―−ｰ 　"))


def make_codes(session: Session, actor: Actor) -> CodesView:
    """Make ten codes for the caller; the former set is void from now on."""
    require_step_up(session, actor)
    assert actor.person is not None
    void_codes(session, actor.person)
    now = clock.now(session)
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in range(COUNT)]
    session.add_all(
        PrintedCode(id=new_id(), person_id=actor.person, digest=_digest(session, actor.person, each), made_at=now)
        for each in codes
    )
    audit.record(session, actor, "identity.codes_made", f"person:{actor.person}", count=COUNT)
    notices.tell(session, actor.person, "codes")
    return CodesView(codes=[f"{each[:5]}-{each[5:]}" for each in codes], made_at=now)


def void_codes(session: Session, person: str) -> None:
    """Let no code of a person count any more."""
    session.execute(
        update(PrintedCode)
        .where(PrintedCode.person_id == person, PrintedCode.used_at.is_(None), PrintedCode.voided_at.is_(None))
        .values(voided_at=clock.now(session))
        .execution_options(synchronize_session=False)
    )


def take_code(session: Session, person: str, code: str, *, until: datetime | None = None) -> bool:
    """Use up one of a person's codes (made `until` then); the database judges, so that two at once are one."""
    used = session.scalars(
        update(PrintedCode)
        .where(
            PrintedCode.digest == _digest(session, person, plain(code)),
            PrintedCode.person_id == person,
            PrintedCode.used_at.is_(None),
            PrintedCode.voided_at.is_(None),
            PrintedCode.made_at <= (until or clock.now(session)),
        )
        .values(used_at=clock.now(session))
        .returning(PrintedCode.id)
        .execution_options(synchronize_session=False)
    )
    return bool(used.all())


def plain(code: str) -> str:
    """Return a code as it was made, however somebody typed it from paper."""
    return unicodedata.normalize("NFKC", code).translate(HYPHENS).upper()


def _digest(session: Session, person: str, code: str) -> bytes:
    return digest(session, PURPOSE, f"{person}|{code}")
