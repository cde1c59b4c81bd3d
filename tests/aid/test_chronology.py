import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from aid.chronology import actions, queries
from aid.chronology.errors import NotInThisGroup
from aid.chronology.schemas import ChronologyQuery, EntryDraft, EntryView
from aid.chronology.wording import SENTENCES, render
from aid.errors import IncidentClosed, IncidentNotFound
from aid.incidents import actions as incidents
from aid.incidents.schemas import ClosureDraft
from aid.lifecycle import Lane
from foundation.actor import SYSTEM, Actor
from foundation.clock import ManualClock
from foundation.database import Database
from foundation.mode import Mode
from foundation.problems import Invalid, Language
from tests.aid.incident_factories import Cast, a_request, an_ask, an_incident, cast

JA, EN = Language.JA, Language.EN
LINES = [{"kind": "notebook", "quantity": 50}, {"kind": "printer", "quantity": 5}]


async def entries(
    database: Database, actor: Actor, incident: str, language: Language = JA, **wanted: Any
) -> list[EntryView]:
    found = await database.read(queries.listing, actor, incident, ChronologyQuery(**wanted), language)
    return found.items


async def texts(database: Database, actor: Actor, incident: str, **wanted: Any) -> list[str]:
    return [each.text for each in await entries(database, actor, incident, **wanted)]


async def write(database: Database, actor: Actor, incident: str, text: str, **given: Any) -> EntryView:
    draft = EntryDraft(lane=given.pop("lane", Lane.NOTES), text=text, **given)
    return await database.write(actions.write, actor, incident, draft, JA)


def file(session: Session, people: Cast, incident: str, asked: Actor | None = None) -> str:
    """A request of 登米市 with its entry, and 藤沢市's offer to it; `asked` is a partner that was asked."""
    tome, fujisawa = people.tome.member or "", people.fujisawa.member or ""
    request = a_request(session, incident, people.group, tome)
    if asked is not None:
        an_ask(session, request, asked.member or "")
    facts = {"number": "042129-8-1", "lines": LINES}
    shared: dict[str, Any] = {"incident": incident, "lane": Lane.OUTSIDE, "request": request}
    actions.enter(session, people.tome, code="request.filed", facts=facts, member=tome, **shared)
    actions.enter(session, people.fujisawa, code="offer.offered", facts={"lines": LINES}, member=fujisawa, **shared)
    return request


async def test_automatic_entries_are_said_in_the_readers_language(database: Database) -> None:
    people = await database.write(cast)
    opened = await an_incident(database, people.tome)
    await database.write(file, people, opened.id)
    japanese = await entries(database, people.tome, opened.id)
    assert [each.text for each in japanese] == [
        "災害「宮城県沖の地震」（地震）を登録しました。被災範囲: 1団体",
        "登米市の応援要請（042129-8-1）: ノートパソコン50台、プリンタ5台",
        "藤沢市が応援可能と回答しました: ノートパソコン50台、プリンタ5台",
    ]
    assert [each.number for each in japanese] == [1, 2, 3]
    assert {each.automatic for each in japanese} == {True}
    assert (japanese[1].by, japanese[1].code, japanese[1].facts["number"]) == (
        "登米市",
        "request.filed",
        "042129-8-1",
    )
    english = await entries(database, people.tome, opened.id, EN)
    assert english[1].text == "Aid asked by 登米市 (042129-8-1): 50 × Notebook PC, 5 × Printer"


async def test_a_groups_entries_are_seen_by_its_members_and_public_ones_by_all(database: Database) -> None:
    people = await database.write(cast)
    opened = await an_incident(database, people.tome)
    await database.write(file, people, opened.id)
    await write(database, people.fujisawa, opened.id, "電話で確認した")
    assert len(await texts(database, people.tome, opened.id)) == 4
    for stranger in (people.outsider, people.company, Actor("p", "運用者", None, is_operator=True)):
        assert [each.code for each in await entries(database, stranger, opened.id)] == ["incident.opened"]


async def test_an_associate_sees_the_requests_it_was_asked_for_but_not_what_others_offer(database: Database) -> None:
    people = await database.write(cast)
    opened = await an_incident(database, people.tome)
    request = await database.write(file, people, opened.id, people.company)
    await database.write(file, people, opened.id)
    seen = await entries(database, people.company, opened.id)
    assert [(each.code, each.request) for each in seen] == [("incident.opened", None), ("request.filed", request)]


async def test_a_persons_name_is_shown_to_the_same_group_only(database: Database) -> None:
    people = await database.write(cast)
    opened = await an_incident(database, people.tome)
    (beside,) = await entries(database, people.fujisawa, opened.id)
    (stranger,) = await entries(database, people.outsider, opened.id)
    assert (beside.by, beside.by_person) == ("登米市", "登米市の担当")
    assert (stranger.by, stranger.by_person) == ("登米市", None)


async def test_what_the_service_does_itself_says_so(database: Database) -> None:
    people = await database.write(cast)
    opened = await an_incident(database, people.tome)
    facts = {"number": "1", "wave": 2, "members": 6}
    await database.write(
        actions.enter, SYSTEM, incident=opened.id, code="request.wave_sent", facts=facts, lane=Lane.NOTES
    )
    entry = (await entries(database, people.tome, opened.id))[-1]
    assert (entry.by, entry.text) == ("自動", "要請1を6団体に照会しました（第2波）")


async def test_what_happened_earlier_stands_earlier(database: Database, clock: ManualClock) -> None:
    people = await database.write(cast)
    opened = await an_incident(database, people.tome)
    clock.advance(timedelta(hours=3))
    await write(database, people.tome, opened.id, "いま", lane=Lane.SAFETY)
    await write(database, people.tome, opened.id, "地震の前", at=clock.now() - timedelta(days=1))
    seen = await entries(database, people.tome, opened.id)
    assert [each.text for each in seen][::2] == ["地震の前", "いま"]
    assert [each.automatic for each in seen] == [False, True, False]
    assert await texts(database, people.tome, opened.id, lane=Lane.SAFETY) == ["いま"]


async def test_pages_follow_each_other_without_a_gap(database: Database) -> None:
    people = await database.write(cast)
    opened = await an_incident(database, people.tome)

    def many(session: Session) -> None:
        for number in range(204):
            facts = {"number": str(number)}
            actions.enter(session, SYSTEM, incident=opened.id, code="request.confirmed", facts=facts, lane=Lane.NOTES)

    await database.write(many)
    numbers, cursor = [], None
    while True:
        query = ChronologyQuery(cursor=cursor)
        found = await database.read(queries.listing, people.tome, opened.id, query, JA)
        assert len(found.items) <= 100
        numbers += [each.number for each in found.items]
        cursor = found.next
        if cursor is None:
            break
    assert numbers == list(range(1, 206))
    latest = await entries(database, people.tome, opened.id, latest=True)
    assert [each.number for each in latest] == list(range(106, 206))
    assert await entries(database, people.tome, opened.id, cursor="no-such-entry") == []


async def test_an_entry_by_hand_goes_to_a_group_of_its_writer(database: Database, clock: ManualClock) -> None:
    people = await database.write(cast)
    opened = await an_incident(database, people.tome)
    written = await write(database, people.tome, opened.id, "市役所2階に移動")
    assert (written.group, written.code, written.automatic) == (people.group, None, False)
    with pytest.raises(NotInThisGroup):
        await write(database, people.tome, opened.id, "よその記録", group=people.other)
    with pytest.raises(Invalid) as ahead:
        await write(database, people.tome, opened.id, "先の話", at=clock.now() + timedelta(hours=1))
    assert [each.pointer for each in ahead.value.errors] == ["/at"]
    with pytest.raises(IncidentNotFound):
        await write(database, people.tome, "nothing", "どこにもない")


async def test_who_is_in_two_groups_says_whose_record_it_is(database: Database) -> None:
    people = await database.write(cast)
    opened = await an_incident(database, people.tome)
    both = Actor(
        people.tome.person,
        people.tome.name,
        people.tome.member,
        memberships=people.tome.memberships + people.outsider.memberships,
    )
    with pytest.raises(Invalid) as refused:
        await write(database, both, opened.id, "どちらの記録か")
    assert [each.pointer for each in refused.value.errors] == ["/group"]
    assert (await write(database, both, opened.id, "こちら", group=people.other)).group == people.other


async def test_the_record_is_completed_after_the_closure_but_nothing_new_begins(database: Database) -> None:
    people = await database.write(cast)
    opened = await an_incident(database, people.tome)
    await database.write(incidents.close, people.fujisawa, opened.id, ClosureDraft(reason="復旧"), Mode.LIVE)
    await write(database, people.tome, opened.id, "後日の記録")
    assert (await texts(database, people.tome, opened.id))[1:] == ["災害の対応を終了しました（復旧）", "後日の記録"]
    with pytest.raises(IncidentClosed):
        await database.write(
            actions.enter,
            SYSTEM,
            incident=opened.id,
            code="request.filed",
            facts={},
            lane=Lane.NOTES,
            while_open=True,
        )


async def test_entries_written_at_once_get_a_number_each(database: Database) -> None:
    people = await database.write(cast)
    opened = await an_incident(database, people.tome)
    await asyncio.gather(*(write(database, people.tome, opened.id, f"記録{n}") for n in range(20)))
    assert [each.number for each in await entries(database, people.tome, opened.id)] == list(range(1, 22))


@pytest.mark.parametrize("language", list(Language))
def test_no_sentence_fails_for_want_of_a_fact(language: Language) -> None:
    for code in SENTENCES:
        assert "{" not in render(code, {}, None, language)


def test_an_unknown_code_and_an_unknown_kind_are_still_seen() -> None:
    assert render("loan.lost", {}, None, JA) == "loan.lost"
    lines = [{"kind": "teleporter", "quantity": 1}]
    assert render("offer.offered", {"lines": lines}, "登米市", JA) == "登米市が応援可能と回答しました: teleporter 1"


def test_a_situation_is_said_in_its_marks() -> None:
    facts = {"can_help": False, "marks": {"hall": "down", "contact_fax": "partly"}}
    assert render("situation.reported", facts, "登米市", JA) == "登米市の被災状況: 応援できません、庁舎×、FAX△"
    assert render("situation.reported", facts, "登米市", EN) == (
        "Situation of 登米市: can't help, hall: down, contact fax: partly"
    )
