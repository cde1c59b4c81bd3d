"""Structured logs: one JSON object a line, events with ids and numbers, never a name, number, address or text."""

import logging
import sys

import structlog

UVICORN = ("uvicorn", "uvicorn.error", "uvicorn.access")


def configure(level: str) -> None:
    """Write JSON lines to standard error; the server's own access log (which holds URLs) stays silent."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    for name in UVICORN:
        logging.getLogger(name).setLevel(logging.WARNING)
