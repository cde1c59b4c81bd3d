"""The record of who did what, when and on what: a row per act and chain, linked at the end of its transaction."""

from foundation.audit.chain import SERVICE
from foundation.audit.models import Audit
from foundation.audit.numbers import AuditNumber, new_number, numbered
from foundation.audit.recording import record

__all__ = ["SERVICE", "Audit", "AuditNumber", "new_number", "numbered", "record"]
