"""Every room's tables, imported so that the metadata is complete."""

import agreements.models
import agreements.nda_models
import aid.asking.models
import aid.digests.models
import aid.emergency_access.models
import aid.models
import aid.plans.models
import foundation.audit.models
import foundation.idempotency
import foundation.mode
import foundation.sealing.models
import foundation.timers
import inventory.attachments.models
import inventory.directory.models
import inventory.grants.models
import inventory.guests.models
import inventory.models
import inventory.records.models
import notifications.models
import notifications.watching.models
import readiness.digests.models
import readiness.models
import readiness.reachability.models
import readiness.security.models
import service.identity.clients.models
import service.identity.models
import service.identity.providers.models
import service.identity.scim.models
import service.record.models
from foundation.database.base import Base

ROOMS = (
    foundation.audit.models,
    foundation.idempotency,
    foundation.mode,
    foundation.sealing.models,
    foundation.timers,
    notifications.models,
    notifications.watching.models,
    agreements.models,
    agreements.nda_models,
    inventory.models,
    inventory.grants.models,
    inventory.guests.models,
    inventory.directory.models,
    inventory.records.models,
    inventory.attachments.models,
    aid.models,
    aid.asking.models,
    aid.digests.models,
    aid.emergency_access.models,
    aid.plans.models,
    readiness.models,
    readiness.digests.models,
    readiness.reachability.models,
    readiness.security.models,
    service.identity.models,
    service.identity.clients.models,
    service.identity.providers.models,
    service.identity.scim.models,
    service.record.models,
)
"""Named so that nobody takes the imports for unused."""

METADATA = Base.metadata
