from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aid.ranking.geography import Position, distance_km
from aid.ranking.islands import island_of
from aid.ranking.partners import (
    Footprint,
    Hit,
    Need,
    Partner,
    Ranking,
    RankingTerms,
    Requester,
    Substitute,
    SystemFit,
    rank,
)
from aid.ranking.reasons import Code, Reason, phrase
from aid.severity import IncidentKind, Severity

NOW = datetime(2011, 3, 11, 6, 0, tzinfo=UTC)
TOME = Position(38.692, 141.188)
FUJISAWA = Position(35.339, 139.490)
TERMS = RankingTerms()
QUAKE = Footprint(IncidentKind.EARTHQUAKE, (Hit(TOME, Severity.SIX_UPPER),))


def a_need(**changes: Any) -> Need:
    return replace(Need("line-1", "pc", 60, None, is_remote=False), **changes)


def a_partner(member: str = "p", **changes: Any) -> Partner:
    plain = Partner(member, "142051", "藤沢市", FUJISAWA, None, False, 100, 0, None, 0, 100)
    return replace(plain, **changes)


def ranked(*partners: Partner, **changes: Any) -> Ranking:
    asked = {"need": a_need(), "footprint": QUAKE, "seat": TOME, "terms": TERMS} | changes
    requester = Requester("requester", asked["seat"])
    return rank(asked["need"], requester, partners, asked["footprint"], asked["terms"], NOW)


def order(ranking: Ranking) -> list[str]:
    return [candidate.member for candidate in ranking.candidates]


def only_exclusion(ranking: Ranking) -> Reason:
    assert not ranking.candidates
    (exclusion,) = ranking.excluded
    return exclusion.reason


def codes(ranking: Ranking) -> dict[str, int]:
    """Return the points of the best candidate by reason."""
    return {reason.code.value: reason.points for reason in ranking.candidates[0].reasons}


def north_of_tome(kilometres: float) -> Position:
    return Position(TOME.latitude + kilometres / 111.195, TOME.longitude)


@pytest.mark.parametrize(
    ("available", "least_fit", "found"),
    [(0, 300, ["notebook"]), (0, 901, []), (100, 300, ["pc"]), (1, 300, ["notebook"])],
)
def test_what_stands_in_must_fit_and_cost_less(available: int, least_fit: int, found: list[str]) -> None:
    instead = tuple(Substitute(kind, 100, 0, None, 100) for kind in ("tablet", "notebook"))
    partner = a_partner(available=available, instead=instead)
    ranking = ranked(partner, terms=replace(TERMS, least_fit=least_fit))
    assert [each.kind for each in ranking.candidates] == found


def test_at_equal_points_what_was_asked_for_is_given() -> None:
    partner = a_partner(instead=(Substitute("notebook", 100, 0, None, 100), Substitute("tablet", 100, 0, None, 100)))
    terms = replace(TERMS, unfit=0)
    assert [each.kind for each in ranked(partner, terms=terms).candidates] == ["pc"]
    assert [each.kind for each in ranked(replace(partner, available=0), terms=terms).candidates] == ["notebook"]


@pytest.mark.parametrize(
    ("partner", "need", "code", "points"),
    [
        ({"carried": 50}, {}, "load", 1_250),
        ({"carried": 200}, {}, "load", 2_500),
        ({"carried": 100, "declared": 400}, {}, "load", 625),
        ({}, {}, "answer_unknown", 300),
        ({"said_yes": 8, "asked": 8}, {}, "answered", 150),
        ({"asked": 8}, {}, "answered", 450),
        ({"position": Position(TOME.latitude + 29.9 / 111.195, TOME.longitude)}, {}, "same_hazard", 75),
        ({"system": SystemFit.SAME_VENDOR}, {}, "same_vendor", 500),
        ({"system": SystemFit.OTHER}, {}, "package_differs", 1_000),
        ({"shares_data_centre": True}, {}, "shared_data_centre", 300),
        ({"max_days": 7}, {"period_days": 14}, "max_days", 150),
        ({"max_days": 15}, {"period_days": 14}, "max_days", 0),
        ({"available": 45}, {}, "quantity_part", 375),
        ({"conditions": "平日のみ"}, {}, "conditions", 60),
        ({"is_associate": True}, {}, "cost", 120),
        ({"has_nda": False}, {"kind": "hosting"}, "no_nda", 240),
        ({}, {"spec": "X1"}, "spec_unconfirmed", 3_000),
        ({"lead_time_hours": None}, {}, "lead_time_unknown", 1_440),
        ({"lead_time_hours": 100}, {}, "lead_time", 3_600),
    ],
)
def test_a_circumstance_costs_what_the_terms_say(
    partner: dict[str, Any], need: dict[str, Any], code: str, points: int
) -> None:
    assert codes(ranked(a_partner(**partner), need=a_need(**need)))[code] == points


@pytest.mark.parametrize(
    ("partner", "terms", "kind", "code"),
    [
        ({"has_nda": False}, {"nda_required": True}, "hosting", "nda_required"),
        ({"has_nda": False}, {"nda_required": True}, "pc", None),
        ({"has_nda": False}, {}, "hosting", None),
        ({"is_associate": True}, {}, "hosting", "associate"),
        ({"is_associate": True}, {"associates_may_handle_data": True}, "hosting", None),
        ({"is_associate": True}, {}, "pc", None),
        ({"is_silent": True}, {}, "pc", "silent"),
        ({"is_bound": False}, {}, "pc", "not_bound"),
        ({"system": SystemFit.OTHER}, {}, "staff_certificates", "other_package"),
        ({"system": SystemFit.SAME_VENDOR}, {}, "staff_certificates", "other_package"),
        ({"system": SystemFit.UNKNOWN}, {}, "staff_certificates", None),
        ({"system": SystemFit.OTHER}, {}, "hosting", None),
        ({"is_exposed": True}, {}, "pc", None),
    ],
)
def test_who_may_not_or_can_not_is_left_out_and_nobody_else(
    partner: dict[str, Any], terms: dict[str, Any], kind: str, code: str | None
) -> None:
    ranking = ranked(a_partner(**partner), need=a_need(kind=kind), terms=replace(TERMS, **terms))
    assert [each.reason.code for each in ranking.excluded] == ([code] if code else [])
    assert len(ranking.candidates) == (code is None)


def test_of_two_that_are_as_far_away_the_one_beyond_the_sea_ranks_behind() -> None:
    seat, near, over_sea = (replace(FUJISAWA, island=island_of(code)) for code in ("142051", "142051", "012025"))
    found = ranked(a_partner("near", position=near), a_partner("beyond", position=over_sea), seat=seat)
    assert order(found) == ["near", "beyond"]
    first, last = (each.score for each in found.candidates)
    assert last > first


def test_a_crossing_that_is_longer_than_the_whole_way_is_no_bonus() -> None:
    """Seats lie where they lie; the kilometres at sea are fixed."""
    seat, away = (replace(TOME, island=island_of(code)) for code in ("042129", "422096"))
    assert codes(ranked(a_partner(position=away), seat=seat))["distance"] == 0


def test_requester_is_in_neither_list() -> None:
    ranking = ranked(a_partner("requester"), a_partner("p"))
    assert order(ranking) == ["p"]
    assert ranking.excluded == ()


@pytest.mark.parametrize("severity", [Severity.SIX_LOWER, Severity.SEVEN, Severity.HEAVY])
def test_hit_partner_is_left_out(severity: Severity) -> None:
    assert only_exclusion(ranked(a_partner(severity=severity))).code == "hit"


def test_own_report_of_being_unable_leaves_out() -> None:
    reason = only_exclusion(ranked(a_partner(reported_unable=True)))
    assert reason.code == "hit"
    assert phrase(reason) == "被災状況の報告が×のため対象外"


@pytest.mark.parametrize("kilometres", [29, -29])
def test_shaken_partner_near_a_hit_municipality_is_left_out(kilometres: float) -> None:
    """Be it in its north or in its south."""
    reason = only_exclusion(ranked(a_partner(severity=Severity.FIVE_LOWER, position=north_of_tome(kilometres))))
    assert reason == Reason(Code.TOO_NEAR, {"severity": "5-", "km": 29})


@pytest.mark.parametrize(
    ("kilometres", "severity", "footprint"),
    [
        (31, Severity.FIVE_UPPER, QUAKE),
        (5, Severity.FOUR, QUAKE),
        (5, None, QUAKE),
        (5, Severity.FIVE_UPPER, replace(QUAKE, kind=IncidentKind.CYBER)),
        (5, Severity.FIVE_UPPER, Footprint(IncidentKind.EARTHQUAKE, (Hit(TOME, Severity.FIVE_UPPER),))),
    ],
)
def test_partner_that_can_be_spared_is_kept(
    kilometres: float, severity: Severity | None, footprint: Footprint
) -> None:
    partner = a_partner(severity=severity, position=north_of_tome(kilometres))
    assert order(ranked(partner, footprint=footprint)) == ["p"]


def test_nothing_left_and_never_declared_are_told_apart() -> None:
    assert only_exclusion(ranked(a_partner(available=0))).code == "nothing_available"
    assert only_exclusion(ranked(a_partner(available=0, capacity=0))).code == "not_declared"


def test_too_late_counts_lead_time_and_travel() -> None:
    km = round(distance_km(TOME, FUJISAWA))
    hours = (100 / 50 + (km * 1.3 - 100) / 70) + 5
    partner, strict = a_partner(lead_time_hours=5), replace(TERMS, late_percent=0)
    in_time = a_need(needed_by=NOW + timedelta(hours=hours + 0.1))
    too_late = a_need(needed_by=NOW + timedelta(hours=hours - 0.1))
    assert order(ranked(partner, need=in_time, terms=strict)) == ["p"]
    assert only_exclusion(ranked(partner, need=too_late, terms=strict)).code == "too_late"
    assert order(ranked(partner, need=replace(too_late, is_remote=True), terms=strict)) == ["p"]


def test_a_little_late_ranks_lower_and_too_late_is_left_out() -> None:
    need = a_need(needed_by=NOW + timedelta(hours=10))
    assert codes(ranked(a_partner(lead_time_hours=1), need=need)).get("late") is None
    assert codes(ranked(a_partner(lead_time_hours=4), need=need))["late"] == 2 * (4 * 60 + 482 - 10 * 60)
    assert only_exclusion(ranked(a_partner(lead_time_hours=8), need=need)).code == "too_late"


def test_nobody_is_too_late_once_the_moment_has_passed() -> None:
    assert order(ranked(a_partner(lead_time_hours=48), need=a_need(needed_by=NOW))) == ["p"]


@pytest.mark.parametrize(
    "worse",
    [
        {"position": Position(33.589, 130.402)},
        {"position": None},
        {"lead_time_hours": 24},
        {"lead_time_hours": None},
        {"available": 59},
        {"carried": 1},
        {"severity": Severity.FIVE_LOWER},
        {"severity": Severity.LIGHT},
    ],
)
def test_each_drawback_ranks_lower(worse: dict[str, Any]) -> None:
    # Without the drawback "a" would win the tie.
    assert order(ranked(a_partner("a", **worse), a_partner("b"))) == ["b", "a"]


def test_harder_shaken_ranks_lower() -> None:
    upper, lower = (a_partner(s.value, severity=s) for s in (Severity.FIVE_UPPER, Severity.FIVE_LOWER))
    assert order(ranked(upper, lower)) == ["5-", "5+"]


def test_remote_help_does_not_mind_the_distance() -> None:
    far = a_partner("a", position=Position(26.212, 127.681))
    (first, second) = ranked(far, a_partner("b"), need=a_need(is_remote=True)).candidates
    assert (first.member, second.member, first.score) == ("a", "b", second.score)


def test_specified_model_ranks_first_however_it_is_typed() -> None:
    need = a_need(kind="scanner", spec="ＦＩ-7160")
    assert order(ranked(a_partner("a"), a_partner("b", specs=("fi-7160 ",)), need=need)) == ["b", "a"]


def test_ties_go_by_code_then_member_and_codeless_last() -> None:
    tied = [a_partner("d", code=None), a_partner("c"), a_partner("b"), a_partner("z", code="011002")]
    assert order(ranked(*tied)) == ["z", "b", "c", "d"]


def test_candidate_explains_itself_in_japanese() -> None:
    partner = a_partner(severity=Severity.FIVE_UPPER, available=10, lead_time_hours=24, carried=12, max_days=30)
    (candidate,) = ranked(partner).candidates
    assert [phrase(reason) for reason in candidate.reasons] == [
        "約402km",
        "準備に24時間",
        "60台中10台可",
        "震度5強のため後順位",
        "他の応援で12を負担中",
        "照会の実績なし",
        "最長30日間",
    ]
    assert (candidate.quantity, candidate.rank, candidate.wave) == (10, 1, 0)
    assert candidate.distance_km == pytest.approx(402.1)


@pytest.mark.parametrize("code", list(Code))
def test_every_reason_has_words_in_both_languages(code: Code) -> None:
    facts = {
        "km": 1,
        "hours": 2,
        "needed": 3,
        "offered": 4,
        "carried": 5,
        "days": 6,
        "percent": 7,
        "held": 7,
        "minutes": 90,
    }
    facts |= {"asked": 8, "said_yes": 5, "payer": "sender", "minutes": 90}
    reason = Reason(code, {**facts, "kind": "pc", "severity": "5+", "spec": "X1", "text": "by day"})
    assert phrase(reason) != phrase(reason, "en")
    assert phrase(reason, "en").isascii()


positions = st.none() | st.builds(Position, st.floats(24, 46), st.floats(123, 146))
severities = st.none() | st.sampled_from(Severity)
counts = st.integers(0, 200)
partners = st.builds(
    Partner,
    member=st.text("abcdef", min_size=1, max_size=4),
    code=st.none() | st.sampled_from(["011002", "142051", "042129"]),
    name=st.just("市"),
    position=positions,
    severity=severities,
    reported_unable=st.booleans(),
    available=counts,
    lead_time_hours=st.none() | st.integers(0, 200),
    max_days=st.none() | st.integers(1, 90),
    carried=counts,
    capacity=counts,
    conditions=st.none() | st.just("要相談"),
    specs=st.sampled_from([(), ("X1",)]),
)
groups = st.lists(partners, max_size=12, unique_by=lambda partner: partner.member)
needs = st.builds(
    Need,
    line=st.just("line"),
    kind=st.just("pc"),
    quantity=st.integers(1, 300),
    needed_by=st.none() | st.datetimes(NOW.replace(tzinfo=None), timezones=st.just(UTC)),
    is_remote=st.booleans(),
    spec=st.none() | st.just("X1"),
)
footprints = st.builds(
    Footprint,
    kind=st.sampled_from(IncidentKind),
    hits=st.lists(st.builds(Hit, positions.filter(bool), st.sampled_from(Severity)), max_size=5).map(tuple),
)


@given(groups, needs, footprints, positions)
def test_what_always_holds(group: list[Partner], need: Need, footprint: Footprint, seat: Position | None) -> None:
    ranking = ranked(*group, need=need, footprint=footprint, seat=seat)
    by_member = {partner.member: partner for partner in group}
    named = [candidate.member for candidate in ranking.candidates] + [e.member for e in ranking.excluded]
    assert sorted(named) == sorted(by_member)
    assert [candidate.rank for candidate in ranking.candidates] == list(range(1, len(ranking.candidates) + 1))
    for candidate in ranking.candidates:
        partner = by_member[candidate.member]
        assert not partner.reported_unable
        assert partner.severity is None or not partner.severity.is_hit
        assert 0 < candidate.quantity <= min(partner.available, need.quantity)
        assert candidate.score == sum(reason.points for reason in candidate.reasons)
        assert all(reason.points >= 0 for reason in candidate.reasons)
    scores = [candidate.score for candidate in ranking.candidates]
    assert scores == sorted(scores)
    for reason in [r for c in ranking.candidates for r in c.reasons] + [e.reason for e in ranking.excluded]:
        assert phrase(reason)
        assert "None" not in phrase(reason, "en")


@given(groups.filter(bool), needs, st.integers(1, 200), positions)
def test_having_more_never_ranks_worse(group: list[Partner], need: Need, extra: int, seat: Position | None) -> None:
    chosen, others = group[0], group[1:]
    richer = replace(chosen, available=chosen.available + extra)
    before = {c.member: c for c in ranked(chosen, *others, need=need, seat=seat).candidates}
    after = {c.member: c for c in ranked(richer, *others, need=need, seat=seat).candidates}
    if chosen.member in before:
        assert after[chosen.member].rank <= before[chosen.member].rank
        assert after[chosen.member].quantity >= before[chosen.member].quantity
