"""Every room's tables, imported so that the metadata is complete."""

import aid.models
import agreements.models
import foundation.audit
import foundation.idempotency
import foundation.mode
import foundation.sealing
import foundation.timers
import inventory.models
import notifications.models
import readiness.models
import service.identity.models  # noqa: F401 — imported for its tables, like all above
from foundation.database.base import Base

METADATA = Base.metadata
