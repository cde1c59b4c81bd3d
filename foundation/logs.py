"""Structured logs: one JSON object a line, events with ids and numbers, never a name, number, address or text."""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

UVICORN = ("uvicorn", "uvicorn.error", "uvicorn.access")


def _plain_exception(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Say where an exception came from and of what class, never its message: that may quote a row or an input."""
    if event.pop("exc_info", None):
        kind, error, trace = sys.exc_info()
        event["exception"] = kind.__name__ if kind else None
        event["sqlstate"] = getattr(getattr(error, "orig", None), "sqlstate", None)
        event["frames"] = [f"{each.filename}:{each.lineno} {each.name}" for each in traceback.extract_tb(trace)[-12:]]
    return event


def configure(level: str) -> None:
    """Write JSON lines to standard error; the server's own access log (which holds URLs) stays silent."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _plain_exception,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    for name in UVICORN:
        logging.getLogger(name).setLevel(logging.WARNING)
