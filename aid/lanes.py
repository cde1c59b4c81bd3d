"""Which lane of the chronology an entry on a request belongs to."""

from collections.abc import Iterable

from aid.lifecycle import Lane

_LANES = {
    Lane.SAFETY: {"staff_safety_enquiry", "staff_resident_data"},
    Lane.CERTIFICATES: {"staff_certificates", "staff_victim_support", "substitute_counter", "neighbour_office"},
    Lane.OUTSIDE: {"satphone", "satellite_internet", "radio", "sim_router", "phone"},
    Lane.RESIDENTS: {"web_page", "staff_call_centre", "hosting"},
}


def lane_of(kinds: Iterable[str]) -> Lane:
    """Return the lane that the kinds asked for speak of: the first one found, else the notes."""
    asked = set(kinds)
    return next((lane for lane, own in _LANES.items() if asked & own), Lane.NOTES)
