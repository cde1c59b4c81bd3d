"""Facts of which some are sealed: such a value is an object that holds it, its owner and a row's id of its own."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from foundation.ids import new_id
from foundation.sealing.values import seal, shown, unseal

SEALED = "sealed"


def sealed_fact(session: Session, owner: str, place: str, text: str) -> dict[str, str]:
    """Return a fact that holds a text sealed for its owner."""
    row = new_id()
    return {SEALED: b64encode(seal(session, owner, place, row, text)).decode(), "owner": owner, "row": row}


def shown_facts(session: Session, place: str, facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the facts with the sealed ones as texts; one that was erased says so."""
    if not any(is_sealed(each) for each in facts.values()):
        return facts
    return {name: _shown(session, place, value) if is_sealed(value) else value for name, value in facts.items()}


def is_sealed(value: object) -> bool:
    """Tell whether a fact is a sealed one."""
    return isinstance(value, dict) and SEALED in value


def resealed_facts(session: Session, owner: str, place: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts with those of an owner sealed anew."""
    return {
        name: _resealed(session, place, value) if is_sealed(value) and value["owner"] == owner else value
        for name, value in facts.items()
    }


def _shown(session: Session, place: str, fact: Mapping[str, str]) -> str:
    return shown(session, fact["owner"], place, fact["row"], b64decode(fact[SEALED]))


def _resealed(session: Session, place: str, fact: Mapping[str, str]) -> dict[str, str]:
    text = unseal(session, fact["owner"], place, fact["row"], b64decode(fact[SEALED]))
    return sealed_fact(session, fact["owner"], place, text)
