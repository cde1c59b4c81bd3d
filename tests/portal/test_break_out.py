"""What people write stays text on every page: hostile texts make no element and no attribute (ASVS 1.2.1)."""

from html.parser import HTMLParser

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from agreements.models import Group, Member, Person
from aid.models import AidRequest, ChronologyEntry, Incident, RequestLine
from inventory.records.models import InventoryRecord, InventoryRevision
from tests.inventory.recording import keep
from tests.portal.conftest import Portal
from tests.portal.hostile import PAYLOADS
from tests.world import TAMA, TOME

AT_ONCE = 11
"""How many of them share a text, so that a few rounds show all."""
TEXTS = (
    *(Person.name, Group.name, Group.purpose, Member.name, Incident.name, InventoryRecord.name, ChronologyEntry.text),
    *(AidRequest.reason, AidRequest.place, RequestLine.spec, RequestLine.system, RequestLine.zone),
)


class Skeleton(HTMLParser):
    """A page without its texts: elements with the names of their attributes, and where they lead."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, ...]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        leads = [f"{name}={value}" for name, value in attrs if name in {"href", "src", "action", "formaction"}]
        self.found.append((tag, *sorted(name for name, _ in attrs), *leads))
        self.text += "".join(f" {value}" for _, value in attrs)

    def handle_endtag(self, tag: str) -> None:
        self.found.append((f"/{tag}",))

    def handle_comment(self, data: str) -> None:
        self.found.append(("comment", data))

    def handle_data(self, data: str) -> None:
        self.text += data


def write(session: Session, said: str) -> None:
    """Put a text wherever people wrote one, past all that checks what comes in."""
    for column in TEXTS:
        session.execute(update(column.class_).where(column.is_not(None)).values({column.key: said}))
    for row in session.query(InventoryRevision):
        row.fields = {name: said if name in {"name", "remarks"} else value for name, value in row.fields.items()}
        flag_modified(row, "fields")


async def pages(portal: Portal) -> list[str]:
    """Have something of everything, and return where it is shown."""
    service, world = portal.service, portal.world
    await portal.sign_in(TOME)
    request = await portal.ask(reason="理由", place="庁舎", **{"spec-1": "型番"})
    record = await keep(service, world, code=TOME, name="住民記録", remarks="備考")
    note = {"text": "連絡", "group": world.group, "lane": "notes"}
    made = await service.call("POST", f"/api/incidents/{world.incident}/chronology", by=world.email(TOME), json=note)
    assert made.status_code == 201, made.text
    await service.deliver()
    link = await portal.link_of(TAMA)
    one = f"/inventory/{TOME}/records/{record['id']}"
    own = ["/incidents", f"/incidents/{world.incident}", f"/incidents/{world.incident}/ask", "/account", "/ndas"]
    return [*own, f"/requests/{request}", f"/requests/{request}/matches", link, "/inventory", one, f"{one}/change"]


@pytest.mark.asvs("1.2.1", "1.2.3")
async def test_stored_texts_stay_texts(portal: Portal) -> None:
    paths = await pages(portal)
    await portal.service.database.write(write, "無害")
    plain = {path: Skeleton((await portal.open(path)).text) for path in paths}
    assert sum("無害" in each.text for each in plain.values()) > len(paths) - 3, {
        p: "無害" in e.text for p, e in plain.items()
    }
    for start in range(0, len(PAYLOADS), AT_ONCE):
        said = " ".join(PAYLOADS[start : start + AT_ONCE])
        await portal.service.database.write(write, said)
        for path in paths:
            page = await portal.open(path)
            assert page.status_code == 200, path
            shown = Skeleton(page.text)
            odd = [each for each in shown.found if each not in plain[path].found]
            assert not odd, (path, odd)
            assert len(shown.found) == len(plain[path].found), path
            is_shown = "無害" not in plain[path].text or said in shown.text
            assert is_shown, (path, "not as it was written")


def test_an_element_or_attribute_too_many_is_seen() -> None:
    plain = Skeleton('<p title="x">x</p>').found
    for each in ('<p title="x"><b>x</b></p>', '<p title="x" onclick="">x</p>', '<p title="x">x<!-- --></p>'):
        assert Skeleton(each).found != plain
