import socket

import pytest

from service.errors import RefusedError
from service.story import Partner, _shares, play
from tests.service.processes import Served


def test_plays_the_whole_thread_twice(demo: Served) -> None:
    first: list[str] = []
    play(demo.url, "console/demo", first.append)
    told = "\n".join(first)
    for expected in ("パソコン 60台", "リンクから回答: 可", "SMS「", "APIから回答", "不可", "条件付き", "待機解除"):
        assert expected in told
    assert told.count("応援を決定") == 2
    again: list[str] = []
    play(demo.url, "console/demo", again.append)
    assert "重複" in "\n".join(again)
    assert "完了しました" in again[-1]


def test_says_what_is_not_as_expected(demo: Served) -> None:
    with pytest.raises(RefusedError, match="mo が 404"):
        play(demo.url, "console/wrong", lambda _: None)


def test_names_the_remedy_where_nothing_is_served() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(RefusedError, match="make demo"):
        play(f"http://127.0.0.1:{port}", "console/demo", lambda _: None)


def test_divides_what_is_needed_between_two() -> None:
    small = Partner("1", "小", {"pc": 20, "printer": 4, "staff_certificates": 1})
    large = Partner("2", "大", {"pc": 50, "printer": 3, "staff_certificates": 2})
    for first, second in ((small, large), (large, small)):
        ours, theirs = _shares(first, second)
        assert {kind: ours[kind] + theirs[kind] for kind in ours} == {"pc": 60, "printer": 4, "staff_certificates": 2}
        assert all(0 < ours[kind] <= first.able[kind] and 0 < theirs[kind] <= second.able[kind] for kind in ours)
