"""`yuimaru simulate` as somebody types it: the figures, the files, and what is refused."""

import json
from pathlib import Path

import pytest

from service import cli
from service.errors import RefusedError

STABLE = {
    "unmet",
    "unmet_clairvoyant",
    "urgent_wait_p50_h",
    "urgent_wait_p90_h",
    "wait_p50_h",
    "wait_p90_h",
    "messages_per_unit",
    "double_commitments",
    "objective_ratio",
}


def simulate(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    arguments = cli._parser().parse_args(["simulate", *words])
    arguments.run(None, arguments)
    return capsys.readouterr().out


def test_one_object_with_the_figures(capsys: pytest.CaptureFixture[str]) -> None:
    figures = json.loads(simulate(capsys, "--scale", "30", "--seed", "2", "--policy", "plan", "--json"))
    assert set(figures) >= STABLE
    assert figures["double_commitments"] == 0
    assert 0 <= figures["unmet_clairvoyant"] <= figures["unmet"] <= 1
    assert figures["objective_ratio"] == pytest.approx(1, abs=0.01)


def test_a_world_from_a_file_plays_as_the_one_it_was_written_from(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    world, log, again = tmp_path / "world.json", tmp_path / "log.json", tmp_path / "again.json"
    made = simulate(capsys, "--policy", "waves", "--json", "--save-world", str(world), "--log", str(log))
    read = simulate(capsys, "--world", str(world), "--policy", "waves", "--json", "--log", str(again))
    assert read == made
    assert log.read_bytes() == again.read_bytes()
    events = json.loads(log.read_text())["events"]
    assert {event["what"] for event in events} == {"ask", "answer", "commitment"}
    assert [event["at_minutes"] for event in events] == sorted(event["at_minutes"] for event in events)


def test_the_real_code_plays_a_small_world(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    saved, world = tmp_path / "made.json", tmp_path / "small.json"
    simulate(capsys, "--policy", "waves", "--save-world", str(saved))
    few = json.loads(saved.read_text())
    few["requests"] = few["requests"][:2]
    world.write_text(json.dumps(few))
    figures = json.loads(simulate(capsys, "--world", str(world), "--real", "--json"))
    assert figures["policy"] == "real"
    assert set(figures) >= STABLE
    assert figures["double_commitments"] == 0


def test_in_words_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    shown = simulate(capsys, "--policy", "one-by-one")
    assert "30団体" in shown
    assert "1件ずつ電話" in shown
    assert "二重の約束" in shown


def test_a_wrong_setting_does_not_stop_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YUIMARU_DATABASE_URL", "nonsense://")
    monkeypatch.setenv("YUIMARU_MODE", "nonsense")
    monkeypatch.setattr("sys.argv", ["yuimaru", "simulate", "--policy", "waves", "--json"])
    monkeypatch.setattr("os.umask", lambda _: 0)
    cli.main()
    assert json.loads(capsys.readouterr().out)["policy"] == "waves"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{", "JSONとして読めません"),
        (b"[]", "全体"),
        (b"\xff", "UTF-8ではありません"),
        (b"{}", "members: 必要な項目がありません"),
    ],
)
def test_a_wrong_world_is_refused_in_words(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes, says: str
) -> None:
    world = tmp_path / "world.json"
    world.write_bytes(content)
    with pytest.raises(RefusedError, match=says):
        simulate(capsys, "--world", str(world))


def test_files_that_cannot_be_opened_are_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="読めません"):
        simulate(capsys, "--world", str(tmp_path / "none.json"))
    with pytest.raises(RefusedError, match="書けません"):
        simulate(capsys, "--policy", "waves", "--log", str(tmp_path / "none" / "log.json"))
