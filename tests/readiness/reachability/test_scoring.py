from datetime import UTC, datetime, timedelta

import pytest

from readiness.digests.timing import next_digest
from readiness.reachability.scoring import Proof, Score, is_proven, score

NOW = datetime(2026, 6, 1, 3, 0, tzinfo=UTC)


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


@pytest.mark.parametrize(
    ("proof", "expected"),
    [
        (Proof("p"), False),
        (Proof("p", ago(1)), True),
        (Proof("p", ago(365)), True),
        (Proof("p", ago(366)), False),
        (Proof("p", ago(5), failed_at=ago(10)), True),
        (Proof("p", ago(10), failed_at=ago(5)), False),
        (Proof("p", ago(1), dead_at=ago(0.5)), False),
    ],
)
def test_a_channel_is_proven_for_a_year_unless_it_failed_since(proof: Proof, expected: bool) -> None:
    assert is_proven(proof, NOW, 12) is expected


def test_terms_may_ask_for_it_more_often() -> None:
    assert is_proven(Proof("p", ago(182)), NOW, 6)
    assert not is_proven(Proof("p", ago(184)), NOW, 6)


@pytest.mark.parametrize(
    ("channels", "expected"),
    [
        ({}, 0),
        ({"a": 1}, 1),
        ({"a": 5}, 2),
        ({"a": 2, "b": 1}, 3),
        ({"a": 2, "b": 2}, 4),
        ({"a": 1, "b": 1, "c": 2}, 3),
    ],
)
def test_two_contacts_with_two_channels_each_are_owed(channels: dict[str, int], expected: int) -> None:
    proofs = [Proof(holder, ago(1)) for holder, count in channels.items() for _ in range(count)]
    assert score(proofs, NOW, 12) == Score(expected, 4)
    assert score(proofs, NOW, 12).percent == 25 * expected


def test_the_next_digest_is_a_morning_and_a_week_after_the_last() -> None:
    # 12:00 in Japan: tomorrow at nine
    assert next_digest(NOW, None) == datetime(2026, 6, 2, 0, 0, tzinfo=UTC)
    last = datetime(2026, 5, 28, 0, 0, tzinfo=UTC)
    assert next_digest(NOW, last) == datetime(2026, 6, 4, 0, 0, tzinfo=UTC)
    assert next_digest(NOW, last - timedelta(days=30)) == datetime(2026, 6, 2, 0, 0, tzinfo=UTC)
