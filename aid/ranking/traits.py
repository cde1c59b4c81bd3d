"""What matching must know of a kind beside its name: what moves, what can stand in for it, what it touches.

Our own judgement of the work, to be changed here; a fit is in thousandths of what was asked for.
"""

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

from agreements.terms import CostCategory
from aid.ranking.islands import Travel
from inventory import catalogue
from inventory.catalogue import Category

WHOLE = 1_000
"""The fit of what was asked for itself."""

# What is asked for: what can stand in for it, and how well.
_SUBSTITUTES: dict[str, dict[str, int]] = {
    "pc": {"notebook": 900, "tablet": 300},
    "notebook": {"pc": 700, "tablet": 500},
    "tablet": {"notebook": 700},
    "printer": {"mfp": 900},
    "scanner": {"mfp": 600},
    "mfp": {"printer": 500, "scanner": 300},
    "ups": {"generator": 500},
    "wifi": {"sim_router": 500},
    "sim_router": {"satellite_internet": 800},
    "satphone": {"satellite_internet": 600, "radio": 300},
    "satellite_internet": {"sim_router": 500, "satphone": 300},
    "radio": {"satphone": 700},
    "phone": {"satphone": 500},
    "hosting": {"relocation_room": 400},
    "relocation_room": {"hosting": 600},
    "neighbour_office": {"substitute_counter": 600},
    "substitute_counter": {"neighbour_office": 600},
    "staff_kitting": {"staff_helpdesk": 700, "staff_accounts": 600},
    "staff_helpdesk": {"staff_accounts": 700, "remote_help": 600},
    "staff_accounts": {"staff_helpdesk": 600, "staff_kitting": 500},
    "staff_network": {"staff_kitting": 400},
    "staff_resident_data": {"staff_certificates": 500},
    "staff_certificates": {"staff_resident_data": 700},
    "staff_safety_enquiry": {"staff_call_centre": 600, "staff_resident_data": 600},
    "staff_victim_support": {"staff_certificates": 500, "staff_safety_enquiry": 400},
    "staff_call_centre": {"staff_safety_enquiry": 800, "staff_helpdesk": 600},
    "staff_security": {"staff_network": 500},
    "remote_help": {"staff_helpdesk": 700},
}
SUBSTITUTES: Mapping[str, Mapping[str, int]] = MappingProxyType(_SUBSTITUTES)

PACKAGE_IS_A_MUST = frozenset({"staff_certificates", "staff_resident_data", "neighbour_office", "data_restore"})
"""Who does these works in the package itself: one who knows another can't begin tomorrow."""

TOUCHES_RESIDENT_DATA = frozenset(
    {
        "hosting",
        "backup_custody",
        "data_restore",
        "substitute_counter",
        "staff_resident_data",
        "staff_safety_enquiry",
        "staff_certificates",
        "staff_victim_support",
    }
)
"""What can't be done without reading residents' data."""


def fit(wanted: str, offered: str) -> int:
    """Return how well one kind stands in for another, in thousandths; 0: not at all."""
    return WHOLE if wanted == offered else _SUBSTITUTES.get(wanted, {}).get(offered, 0)


def kinds_instead(wanted: str, least_fit: int = 1) -> tuple[str, ...]:
    """Return what can stand in for a kind at least so well, best first."""
    others = {kind: fit for kind, fit in _SUBSTITUTES.get(wanted, {}).items() if fit >= least_fit}
    return tuple(sorted(others, key=lambda each: (-others[each], each)))


def with_instead(wanted: Iterable[str], least_fit: int) -> set[str]:
    """Return some kinds and those that can stand in for them at least so well."""
    return {each for kind in wanted for each in (kind, *kinds_instead(kind, least_fit))}


def served_by(offered: Collection[str], least_fit: int) -> set[str]:
    """Return some kinds and those for which any of them can stand in at least so well."""
    return {*offered} | {
        wanted
        for wanted, others in _SUBSTITUTES.items()
        if any(fit >= least_fit and kind in offered for kind, fit in others.items())
    }


def percent(fitting: int) -> int:
    """Return a fit as people read it."""
    return fitting * 100 // WHOLE


def travel_of(kind: str) -> Travel:
    """Return what has to move for a kind; help that can be given from afar counts as remote."""
    known = catalogue.find(kind)
    if known is not None and known.is_remote_possible:
        return Travel.REMOTE
    return Travel.PEOPLE if is_people(kind) else Travel.GOODS


def is_people(kind: str) -> bool:
    """Tell whether a kind is people's work: what is given are people, who are missed at home."""
    known = catalogue.find(kind)
    return known is not None and known.category is Category.PEOPLE


def cost_of(kind: str) -> CostCategory:
    """Return the category of costs that weighs most for a kind."""
    known = catalogue.find(kind)
    is_kit = known is not None and known.category is Category.EQUIPMENT
    return CostCategory.KIT if is_kit else CostCategory.PEOPLE
