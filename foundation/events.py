"""How a lower room is heard above: it emits a plain object, `service/wiring.py` names the listener."""

from typing import Any

from sqlalchemy.orm import Session


def emit(session: Session, event: object) -> Any:
    """Call the listener of the event's class in the same transaction and return its verdict (None without one)."""
    listener = session.info["listeners"].get(type(event))
    return listener(session, event) if listener else None
