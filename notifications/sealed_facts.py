"""Facts that nobody may read in the database: a link that signs in lies sealed until its message is rendered."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from foundation.sealing.facts import sealed_fact, shown_facts

PLACE = "questions.facts"


def sealed(session: Session, owner: str, text: str) -> dict[str, str]:
    """Return a fact that holds a text sealed for its owner."""
    return sealed_fact(session, owner, PLACE, text)


def opened(session: Session, facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the facts with the sealed ones as texts."""
    return shown_facts(session, PLACE, facts)
