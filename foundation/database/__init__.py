"""The one way to the data: `write(fn, …)` and `read(fn, …)` run a function of a session as one transaction."""

from foundation.database.opening import AlreadyOpenError, embedded_path, open_database
from foundation.database.unit import Database, Surroundings

__all__ = ["AlreadyOpenError", "Database", "Surroundings", "embedded_path", "open_database"]
