"""What SQLAlchemy compiled for one test serves the next, as in a process that runs for days.

It keeps compiled statements per engine and dialect object; every test opens engines of its own, and compiling for
each anew was a third of the suite's time.
"""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

import pytest
from sqlalchemy import Dialect, Engine, create_engine
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

_dialects: dict[str, Dialect] = {}
_compiled: dict[Any, Any] = {}


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """Let every engine that is opened share the dialect and the compiled statements of the first of its kind."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("foundation.database.sqlite.create_engine", _sharing(create_engine))
        patch.setattr("foundation.database.postgres.create_async_engine", _sharing(create_async_engine))
        yield


def _sharing(create: Callable[..., Engine | AsyncEngine]) -> Callable[..., Engine | AsyncEngine]:
    @wraps(create)
    def created(*args: Any, **more: Any) -> Engine | AsyncEngine:
        made = create(*args, execution_options={"compiled_cache": _compiled}, **more)
        engine = made.sync_engine if isinstance(made, AsyncEngine) else made
        kind = engine.dialect.name + engine.dialect.driver
        # One whose engine never connected knows nothing of its database yet.
        if not hasattr(_dialects.get(kind), "default_isolation_level"):
            _dialects[kind] = engine.dialect
        engine.dialect = _dialects[kind]
        return made

    return created
