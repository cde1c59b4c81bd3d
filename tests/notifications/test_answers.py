from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.clock import ManualClock
from foundation.database import SERVICE, Surroundings, open_database
from foundation.problems import Language
from foundation.sealing import Keyring
from notifications import actions, answers
from notifications.events import AnswerReceived, AnswerVerdict, QuestionOpened
from notifications.models import Answer
from notifications.replies import Choice
from notifications.schemas import AnswerDraft
from tests.notifications.alerting import LINES, addressee, code, raise_alert, states, token
from tests.notifications.conftest import Room

YES = {"decision": "accept", "quantities": [20, 2]}


def kept(session: Session) -> list[tuple[str, str, bool]]:
    rows = session.execute(select(Answer.via, Answer.choice, Answer.is_taken).order_by(Answer.id))
    return [(via, choice, is_taken) for via, choice, is_taken in rows]


async def test_opening_a_link_shows_the_question_and_changes_nothing(room: Room) -> None:
    await room.database.write(raise_alert)
    link = await room.database.read(token)
    for _ in range(3):
        answer = await room.client.get(f"/api/answers/{link}")
    form = answer.json()
    assert form["subject"] == "応援要請 パソコン"
    assert form["lines"] == [
        {"label": "パソコン", "unit": "台", "quantity": 50},
        {"label": "プリンター", "unit": "台", "quantity": 5},
    ]
    assert (form["state"], form["answer"], form["name"], form["mode"]) == ("open", None, "藤沢市", "drill")
    assert form["code"] == await room.database.read(code)
    assert await room.database.read(kept) == []
    assert room.heard == []


async def test_an_answer_by_link_is_heard_kept_and_said_back(room: Room) -> None:
    await room.database.write(raise_alert, addressee(1), addressee(2), addressee(3, member="m2"))
    link = await room.database.read(token)
    receipt = await room.client.post(f"/api/answers/{link}", json=YES | {"reason": "明日の朝"})
    assert receipt.json() == {
        "is_taken": True,
        "code": "offered",
        "text": "回答を受け付けました。お礼申し上げます。",
    }
    (heard,) = room.heard
    assert (heard.kind, heard.topic, heard.member, heard.person) == ("request", "request-1", "m1", "person-1")
    assert (heard.via, heard.choice, heard.quantities, heard.more) == ("link", Choice.ACCEPT, (20, 2), (None, None))
    assert (heard.reason, heard.references) == ("明日の朝", ("line-1", "line-2"))
    assert await room.database.read(states) == ["superseded", "superseded", "due"]
    form = (await room.client.get(f"/api/answers/{link}")).json()
    assert form["state"] == "answered"
    assert form["answer"]["quantities"] == [20, 2]


async def test_the_last_answer_counts_and_all_are_kept(room: Room) -> None:
    await room.database.write(raise_alert)
    link = await room.database.read(token)
    await room.client.post(f"/api/answers/{link}", json=YES)
    room.clock.advance(timedelta(seconds=1))
    await room.client.post(f"/api/answers/{link}", json={"decision": "decline"})
    assert await room.database.read(kept) == [("link", "accept", True), ("link", "decline", True)]
    form = (await room.client.get(f"/api/answers/{link}")).json()
    assert form["answer"]["decision"] == "decline"


async def test_an_unknown_link_is_not_found(room: Room) -> None:
    await room.database.write(raise_alert)
    assert (await room.client.get("/api/answers/0000000000")).status_code == 404
    assert (await room.client.post("/api/answers/0000000000", json=YES)).status_code == 404


async def test_a_late_answer_is_refused_and_kept(room: Room) -> None:
    await room.database.write(raise_alert)
    link = await room.database.read(token)
    await room.database.write(actions.close_alert, kind="request", topic="request-1")
    answer = await room.client.post(f"/api/answers/{link}", json=YES)
    assert answer.status_code == 410
    assert "終了" in answer.json()["detail"]
    assert await room.database.read(kept) == [("link", "accept", False)]
    assert room.heard == []


async def test_the_link_of_a_closed_question_says_only_that_it_is_closed(room: Room) -> None:
    await room.database.write(raise_alert)
    link = await room.database.read(token)
    await room.client.post(f"/api/answers/{link}", json=YES | {"reason": "明日の朝"})
    await room.database.write(actions.close_alert, kind="request", topic="request-1")
    form = (await room.client.get(f"/api/answers/{link}")).json()
    assert (form["state"], form["subject"]) == ("closed", "受付は終了しました")
    assert (form["text"], form["lines"], form["code"], form["answer"]) == ("", [], None, None)


async def test_the_link_of_somebody_who_left_is_not_found_any_more(room: Room) -> None:
    await room.database.write(raise_alert)
    link = await room.database.read(token)
    assert (await room.client.get(f"/api/answers/{link}")).status_code == 200
    assert room.opened == [QuestionOpened("request", "request-1", "m1", "person-1")]
    room.gone = {"person-1"}
    assert (await room.client.get(f"/api/answers/{link}")).status_code == 404
    assert (await room.client.post(f"/api/answers/{link}", json=YES)).status_code == 404
    assert await room.database.read(kept) == []


async def test_each_wave_keeps_what_was_true_for_it(room: Room) -> None:
    await room.database.write(raise_alert, addressee(1))
    await room.database.write(raise_alert, addressee(2, member="m2"), wave=2, what="パソコン10台")
    assert {text.split()[0] for text in await room.sent()} == {"パソコン", "パソコン10台"}
    form = (await room.client.get(f"/api/answers/{await room.database.read(token)}")).json()
    assert form["subject"] == "応援要請 パソコン"


async def test_a_question_closes_by_itself_at_its_hour(room: Room) -> None:
    await room.database.write(raise_alert, closes_at=room.clock.now() + timedelta(hours=1))
    link = await room.database.read(token)
    room.clock.advance(timedelta(minutes=59))
    assert (await room.client.get(f"/api/answers/{link}")).json()["state"] == "open"
    room.clock.advance(timedelta(minutes=1))
    assert (await room.client.get(f"/api/answers/{link}")).json()["state"] == "closed"
    assert (await room.client.post(f"/api/answers/{link}", json=YES)).status_code == 410


@pytest.mark.parametrize("refusal", ["problem", "すでに決定済みです。"])
async def test_an_answer_that_the_asking_room_refuses_is_kept(room: Room, refusal: str) -> None:
    await room.database.write(raise_alert)
    link = await room.database.read(token)
    room.refusal = refusal
    answer = await room.client.post(f"/api/answers/{link}", json=YES)
    assert answer.status_code == 409
    assert answer.json()["detail"] == ("在庫が3しかありません。" if refusal == "problem" else refusal)
    assert await room.database.read(kept) == [("link", "accept", False)]
    assert await room.database.read(states) == ["due"]


async def test_more_quantities_than_lines_are_refused_by_field(room: Room) -> None:
    await room.database.write(raise_alert)
    link = await room.database.read(token)
    answer = await room.client.post(f"/api/answers/{link}", json={"decision": "accept", "more": [1, 2, 3]})
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json()["errors"]] == ["/more"]


async def test_each_wave_is_answered_in_the_order_of_its_own_lines(room: Room) -> None:
    await room.database.write(raise_alert)
    link = await room.database.read(token)
    await room.database.write(raise_alert, addressee(2, member="m2"), wave=2, question=LINES[1:])
    await room.client.post(f"/api/answers/{link}", json=YES)
    await room.sms(f"{await room.database.read(code)} 1 4", sender="+818000000002")
    assert [(each.quantities, each.references) for each in room.heard] == [
        ((20, 2), ("line-1", "line-2")),
        ((4,), ("line-2",)),
    ]


async def test_nothing_is_locked_before_the_asking_room_has_its_own_locks(
    database_url: str, clock: ManualClock
) -> None:
    """The portal's way locks the request, then recipients and deliveries; the other order would end in deadlocks."""

    def lock(session: Session, _event: AnswerReceived) -> AnswerVerdict:
        if database_url.startswith("postgresql"):
            with psycopg.connect(database_url) as other:
                for table in ("alerts", "recipients", "deliveries"):
                    other.execute(f"SELECT id FROM {table} FOR UPDATE NOWAIT")
        return AnswerVerdict(True, "offered", "はい", "yes")

    database = open_database(
        database_url, Surroundings(Keyring(bytes(range(32))), clock, {AnswerReceived: lock}), SERVICE
    )
    await database.write(raise_alert)
    link = await database.read(token)
    draft = AnswerDraft(decision=Choice.ACCEPT)
    receipt = await database.write(answers.answer_link, link, draft, Language.JA)
    await database.close()
    assert receipt.is_taken


async def test_a_keyed_repeat_gets_the_first_answer(room: Room) -> None:
    await room.database.write(raise_alert)
    link = await room.database.read(token)
    headers = {"Idempotency-Key": "k1"}
    receipts = [await room.client.post(f"/api/answers/{link}", json=YES, headers=headers) for _ in range(2)]
    assert receipts[0].json() == receipts[1].json()
    assert len(room.heard) == 1


async def test_texts_come_in_english_for_who_asks(room: Room) -> None:
    await room.database.write(raise_alert)
    link = await room.database.read(token)
    english = {"Accept-Language": "en"}
    form = (await room.client.get(f"/api/answers/{link}", headers=english)).json()
    assert [line["label"] for line in form["lines"]] == ["PCs", "printers"]
    receipt = await room.client.post(f"/api/answers/{link}", json=YES, headers=english)
    assert receipt.json()["text"] == "Thank you."
