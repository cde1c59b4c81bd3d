"""The one way to the data: `write(fn, …)` and `read(fn, …)` run a function of a session as one transaction."""

from foundation.database.opening import AlreadyOpenError, embedded_path, open_database
from foundation.database.postgres import Busy
from foundation.database.scope import SERVICE, Scope, as_service, scope_of
from foundation.database.unit import Database, Surroundings

__all__ = [
    "SERVICE",
    "AlreadyOpenError",
    "Busy",
    "Database",
    "Scope",
    "Surroundings",
    "as_service",
    "embedded_path",
    "open_database",
    "scope_of",
]
