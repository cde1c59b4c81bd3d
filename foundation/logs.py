"""Structured logs: one JSON object a line, events with ids and numbers, never a name, number, address or text."""

import json
import logging
import sys
import traceback
from collections.abc import MutableMapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TextIO, cast

import structlog

UVICORN = ("uvicorn", "uvicorn.error", "uvicorn.access")
LONGEST = 300
"""Characters of what a library says."""
LINE_ENDS = {0x7F: "\\u007f", 0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"}
"""What JSON leaves as it is, though some readers of logs end a line there."""


def _line(event: Any, **options: Any) -> str:
    """Return one JSON object on one line, whatever its texts hold."""
    return json.dumps(event, ensure_ascii=False, **options).translate(LINE_ENDS)


def _plain_exception(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Say where an exception came from and of what class, never its message: that may quote a row or an input."""
    if event.pop("exc_info", None):
        event.update(_told(sys.exc_info()))
    return event


def _told(raised: Any) -> dict[str, Any]:
    kind, error, trace = raised
    return {
        "exception": kind.__name__ if kind else None,
        "sqlstate": getattr(getattr(error, "orig", None), "sqlstate", None),
        "frames": [f"{each.filename}:{each.lineno} {each.name}" for each in traceback.extract_tb(trace)[-12:]],
    }


class LibraryFormatter(logging.Formatter):
    """What libraries log, in the same form: their first line, which quotes no exception, and where one came from."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one JSON object."""
        line = {
            "event": record.getMessage().partition("\n")[0][:LONGEST],
            "logger": record.name,
            "level": record.levelname.lower(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
        }
        if record.exc_info:
            line |= _told(record.exc_info)
        return _line(line)


PROCESSORS: tuple[structlog.typing.Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _plain_exception,
    structlog.processors.JSONRenderer(serializer=_line),
)


class Forgiving:
    """書けないログは捨てる: where logs lie on a full disk, no line is written, and whoever logs goes on.

    The writer of an embedded database logs a failed commit: the error would end its thread, and every write with it.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> None:
        with suppress(OSError):
            self._file.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._file.flush()


def configure(level: str) -> None:
    """Write JSON lines to standard error; the server's own access log (which holds URLs) stays silent.

    The level is that of the service. Of libraries only warnings are told: what they say in detail holds addresses.
    """
    structlog.configure(
        processors=list(PROCESSORS),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", Forgiving(sys.stderr))),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LibraryFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    for name in UVICORN:
        logging.getLogger(name).setLevel(logging.WARNING)
