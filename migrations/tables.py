"""Every room's tables, imported so that the metadata is complete."""

import service.identity.models  # noqa: F401 — imported for its tables, like all above
from foundation.database.base import Base

METADATA = Base.metadata
