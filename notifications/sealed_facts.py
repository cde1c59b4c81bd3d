"""Facts that nobody may read in the database: a link that signs in lies sealed until its message is rendered."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from foundation.ids import new_id
from foundation.sealing import seal, unseal

PLACE = "questions.facts"
SEALED = "sealed"


def sealed(session: Session, owner: str, text: str) -> dict[str, str]:
    """Return a fact that holds a text sealed for its owner."""
    row = new_id()
    return {SEALED: b64encode(seal(session, owner, PLACE, row, text)).decode(), "owner": owner, "row": row}


def opened(session: Session, facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the facts with the sealed ones as texts."""
    if not any(_is_sealed(each) for each in facts.values()):
        return facts
    return {name: _open(session, value) if _is_sealed(value) else value for name, value in facts.items()}


def _is_sealed(value: object) -> bool:
    return isinstance(value, dict) and SEALED in value


def _open(session: Session, fact: Mapping[str, str]) -> str:
    return unseal(session, fact["owner"], PLACE, fact["row"], b64decode(fact[SEALED]))
