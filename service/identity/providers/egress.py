"""Which addresses the service calls for a sign-in: public ones by https, and what the operator named."""

from typing import Any

from foundation.egress import Egress
from foundation.mode import Mode


def egress_of(state: Any) -> Egress:
    """Return the rule as the running service was set up: in a drill a provider on this machine may speak http."""
    return Egress(frozenset(state.settings.oidc_hosts), may_be_plain=state.mode is Mode.DRILL)
