"""What two members have in common: vendor, package, data centre, for matching inside the service.

Nothing here is shown: a ranking may say "runs the same package", never whose or which, unless the asker may read it.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from foundation.database import as_service
from inventory.records.kinds import Facet, RecordKind, facets
from inventory.records.models import InventoryFacet, InventoryRecord

LONGEST = 200
_LEGAL_FORM = re.compile(r"株式会社|有限会社|合同会社|\((?:株|有|合)\)")


def folded(name: str) -> str:
    """Return a name as it is compared: width, case, spaces and legal form don't matter."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(_LEGAL_FORM.sub("", plain).split())[:LONGEST]


def index(session: Session, record: InventoryRecord, fields: Mapping[str, Any]) -> None:
    """Keep by what a record is found as it stands now; a retired one by nothing."""
    session.execute(delete(InventoryFacet).where(InventoryFacet.record_id == record.id))
    if record.is_retired:
        return
    session.add_all(
        InventoryFacet(record_id=record.id, facet=facet.value, value=value, member_id=record.member_id)
        for facet, name in facets(RecordKind(record.kind), fields)
        if (value := folded(name))
    )


def members_with(session: Session, facet: Facet, name: str, among: Iterable[str]) -> set[str]:
    """Return which of some members have a vendor, package or data centre of this name.

    Row-level security shows a person none of the others' rows: the service looks for them, and tells but whose.
    """
    found = select(InventoryFacet.member_id).where(
        InventoryFacet.facet == facet.value,
        InventoryFacet.value == folded(name),
        InventoryFacet.member_id.in_(list(among)),
    )
    with as_service(session):
        return set(session.scalars(found))
