"""Worlds: made the same every time, read strictly, and written so that they are read as they were."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from aid.allocation.greedy import greedy
from aid.simulation import playing
from aid.simulation.footprints import Area
from aid.simulation.making import make
from aid.simulation.reading import WorldFileError, read_world
from aid.simulation.world import World
from aid.simulation.writing import log_text, world_text

HIT_IN_2011 = 87
FEW = 6


def small() -> dict[str, Any]:
    """Two members, of which one has what the other asks for."""
    return {
        "name": "小さな世界",
        "seed": 3,
        "members": [
            {"key": "a", "latitude": 33.5, "longitude": 133.5, "severity": "6+", "ict": 1, "other": 1},
            {
                "key": "b",
                "latitude": 35.7,
                "longitude": 139.7,
                "severity": None,
                "ict": 3,
                "other": 9,
                "said_yes": 6,
                "asked": 8,
            },
        ],
        "lines": [
            {"key": "b-pc", "member": "b", "kind": "pc", "quantity": 30, "lead_time_hours": 12, "available": 20},
        ],
        "requests": [
            {
                "key": "a-pc",
                "requester": "a",
                "kind": "pc",
                "quantity": 20,
                "priority": 1,
                "at_minutes": 30,
                "within_minutes": 4_320,
            },
        ],
        "answers": [
            {"request": "a-pc", "line": "b-pc", "after_minutes": 25, "willing": True, "speaks": True},
        ],
    }


def read(given: object) -> World:
    return read_world(json.dumps(given))


def test_the_same_seed_makes_the_same_world() -> None:
    assert world_text(make(30, 7)) == world_text(make(30, 7))
    assert world_text(make(30, 7)) != world_text(make(30, 8))


def test_what_was_observed_in_2011_hits_the_same_places_whatever_the_seed() -> None:
    hit = [
        {member.key for member in make(1741, seed, Area.TOHOKU_2011).members if member.severity in {"6-", "6+", "7"}}
        for seed in (1, 2)
    ]
    assert hit[0] == hit[1]
    assert len(hit[0]) == HIT_IN_2011
    assert {"042137"} == {each.key for each in make(1741, 1, Area.TOHOKU_2011).members if each.severity == "7"}


def test_a_written_world_is_read_as_it_was() -> None:
    world = make(30, 7)
    again = read_world(world_text(world))
    assert world_text(again) == world_text(world)
    assert again.requests == world.requests


def test_whoever_was_asked_gives_what_the_file_says() -> None:
    played = playing.play(read(small()), "plan")["plan"]
    assert [(event["what"], event["units"]) for event in played.ledger.log] == [
        ("ask", 20),
        ("answer", 20),
        ("commitment", 20),
    ]
    assert played.figures["unmet"] == 0
    assert played.figures["messages"] == 1


@pytest.mark.parametrize("policy", ["plan", "waves", "nearest-five", "one-by-one", "mail-to-all"])
def test_the_order_of_a_file_changes_nothing(policy: str) -> None:
    given = json.loads(world_text(make(30, 5)))
    del given["requests"][FEW:]
    shuffled = dict(given)
    for name in ("members", "lines", "requests"):
        shuffled[name] = Random(1).sample(given[name], len(given[name]))
    played, again = (playing.play(read(each), policy, solver=greedy)[policy] for each in (given, shuffled))
    assert played.figures == again.figures
    world = read(given)
    assert log_text(world, policy, played.ledger.log) == log_text(world, policy, again.ledger.log)


def test_alone_in_the_world_nothing_is_met() -> None:
    given = small()
    del given["members"][1], given["answers"]
    given["lines"] = []
    for policy in ("plan", "waves", "nearest-five", "one-by-one", "mail-to-all"):
        figures = playing.play(read(given), policy)[policy].figures
        assert figures["unmet"] == figures["unmet_clairvoyant"] == 1
        assert figures["urgent_wait_p50_h"] is None
        assert figures["messages"] == 0


def test_two_lines_of_a_kind_are_both_used() -> None:
    given = small()
    given["lines"].append(given["lines"][0] | {"key": "b-pc-2", "available": 30})
    given["requests"][0]["quantity"] = 50
    given["answers"].append(given["answers"][0] | {"line": "b-pc-2"})
    assert playing.play(read(given), "plan")["plan"].figures["unmet"] == 0


Spoil = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda it: it.pop("name"), "name: 必要な項目がありません"),
        (lambda it: it.update(members=[]), r"lines\[0\].member: 「b」という key はありません"),
        (lambda it: it.update(members=[], lines=[], requests=[], answers=[]), "members: 1件以上"),
        (lambda it: it.update(lines={}), r"lines: \[ \] で囲んだ一覧"),
        (lambda it: it["members"][0].pop("latitude"), r"members\[0\].latitude: 必要な項目"),
        (lambda it: it["members"][0].update(latitude=None), r"members\[0\].latitude: 数で"),
        (lambda it: it["members"][1].update(longitude=181), r"members\[1\].longitude: -180〜180の数"),
        (lambda it: it["members"][0].update(severity="8"), r"members\[0\].severity: null か次のどれか"),
        (lambda it: it["members"][1].update(said_yes=9), r"members\[1\].said_yes: 0〜8の整数"),
        (lambda it: it["members"].append(it["members"][0]), r"members\[2\].key: 「a」が2回"),
        (lambda it: it["members"][0].update(ict=True), r"members\[0\].ict: 0〜100000の整数"),
        (lambda it: it["lines"][0].update(kind="dragon"), r"lines\[0\].kind: 「dragon」という品目"),
        (lambda it: it["lines"][0].update(quantity=100_001), r"lines\[0\].quantity: 0〜100000の整数"),
        (lambda it: it["lines"][0].update(quantity=1.5), r"lines\[0\].quantity: 0〜100000の整数"),
        (lambda it: it["requests"][0].update(quantity=0), r"requests\[0\].quantity: 1〜100000の整数"),
        (lambda it: it["requests"][0].update(priority=5), r"requests\[0\].priority: 1〜4の整数"),
        (lambda it: it["requests"][0].update(at_minutes=-1), r"requests\[0\].at_minutes: 0〜"),
        (lambda it: it["requests"][0].update(requester="z"), r"requests\[0\].requester: 「z」という key"),
        (lambda it: it["requests"][0].update(urgent=True), r"requests\[0\].urgent: この項目は使えません"),
        (lambda it: it["answers"][0].update(willing="yes"), r"answers\[0\].willing: true か false"),
        (lambda it: it["answers"].append(it["answers"][0]), r"answers\[1\]: 同じ要請と明細の組"),
        (lambda it: it["requests"].insert(0, 3), r"requests\[0\]: \{ \} で囲んだ"),
    ],
)
def test_what_is_wrong_is_named(spoil: Spoil, says: str) -> None:
    given = small()
    spoil(given)
    with pytest.raises(WorldFileError, match=says):
        read(given)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"name": NaN}', "NaN は使えません"),
        ('{"name": "a", "name": "b"}', "name: 同じ項目名が2回"),
        ("[" * 100_000, "JSONとして読めません"),
        ("", "JSONとして読めません"),
    ],
)
def test_what_is_no_json_is_refused(text: str, says: str) -> None:
    with pytest.raises(WorldFileError, match=says):
        read_world(text)
