"""What holds for every ranking, whatever the facts."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from agreements import directory
from agreements.terms import Payer
from aid.ranking import traits
from aid.ranking.filtering import Case
from aid.ranking.islands import island_of
from aid.ranking.partners import Footprint, Hit, Need, Partner, RankingTerms, Requester, Substitute, SystemFit, rank
from aid.ranking.partners import ranked as partners_ranked
from aid.ranking.scoring import entered
from aid.severity import IncidentKind, Severity
from tests.aid.test_ranking import NOW, positions, ranked

HUGE = 2_000_000_000
counts = st.sampled_from([0, 1, 2, 5, 60, 200, HUGE])
places = st.builds(
    lambda position, code: position and replace(position, island=island_of(code)),
    positions,
    st.sampled_from([each.code for each in directory.municipalities()]),
)
substitutes = st.builds(
    Substitute,
    kind=st.sampled_from(["notebook", "tablet", "generator"]),
    available=counts,
    lead_time_hours=st.none() | st.integers(0, 200),
    max_days=st.none() | st.integers(1, 90),
    capacity=counts,
)
partners = st.builds(
    Partner,
    member=st.text("abcdef", min_size=1, max_size=3),
    code=st.none() | st.sampled_from(["011002", "142051", "042129"]),
    name=st.just("市"),
    position=places,
    severity=st.none() | st.sampled_from(Severity),
    reported_unable=st.booleans(),
    available=counts,
    lead_time_hours=st.none() | st.integers(0, 8_760),
    max_days=st.none() | st.integers(1, 90),
    carried=counts,
    capacity=counts,
    conditions=st.none() | st.just("要相談" * 50),
    specs=st.sampled_from([(), ("架空 X1 白",)]),
    instead=st.lists(substitutes, max_size=2).map(tuple),
    declared=counts,
    said_yes=st.integers(0, 20),
    asked=st.integers(20, 40) | st.just(0),
    system=st.sampled_from(SystemFit),
    shares_data_centre=st.booleans(),
    is_exposed=st.booleans(),
    is_bound=st.booleans() | st.just(True),
    is_associate=st.booleans(),
    is_silent=st.booleans(),
    has_nda=st.booleans(),
)
groups = st.lists(partners, max_size=8, unique_by=lambda partner: partner.member)
needs = st.builds(
    Need,
    line=st.just("line"),
    kind=st.sampled_from(["pc", "staff_certificates", "remote_help", "hosting", "data_restore"]),
    quantity=st.sampled_from([1, 3, 60, HUGE]),
    needed_by=st.none() | st.integers(-10, 200).map(lambda hours: NOW + timedelta(hours=hours)),
    is_remote=st.booleans(),
    spec=st.none() | st.just("X1"),
    payer=st.sampled_from(Payer),
    period_days=st.sampled_from([0, 14, 366]),
)
footprints = st.builds(
    Footprint,
    kind=st.sampled_from(IncidentKind),
    hits=st.lists(st.builds(Hit, places.filter(bool), st.sampled_from(Severity)), max_size=4).map(tuple),
)
weights = st.builds(
    RankingTerms,
    near_km=st.sampled_from([0, 30, 500]),
    least_fit=st.sampled_from([1, 300, 950, 1_000]),
    late_percent=st.sampled_from([0, 50]),
    nda_required=st.booleans(),
    associates_may_handle_data=st.booleans(),
    hazard_km=st.sampled_from([0, 60]),
    load=st.sampled_from([0, 2_500, 100_000]),
    answers=st.sampled_from([0, 600]),
    people_hour=st.sampled_from([0, 60, 100]),
)


@given(groups, needs, footprints, places, weights, st.randoms(use_true_random=False))
def test_the_order_of_the_facts_never_matters(
    group: list[Partner], need: Need, footprint: Footprint, seat: Any, terms: RankingTerms, random: Any
) -> None:
    asked = {"need": need, "seat": seat, "terms": terms}
    first = ranked(*group, footprint=footprint, **asked)
    shuffled, hits = list(group), list(footprint.hits)
    random.shuffle(shuffled)
    random.shuffle(hits)
    assert first == ranked(*shuffled, footprint=replace(footprint, hits=tuple(hits)), **asked)


@given(groups, needs, needs, footprints, places, places, weights)
def test_entries_made_for_another_line_of_the_kind_rank_the_same(
    group: list[Partner],
    need: Need,
    other: Need,
    footprint: Footprint,
    seat: Any,
    away: Any,
    terms: RankingTerms,
) -> None:
    """A round enters the partners once for all lines of a kind: whoever asks, for how much, of what, until when."""
    same = replace(other, kind=need.kind, payer=need.payer, period_days=need.period_days)
    entries = [entered(each, Case.of(same, away, footprint, NOW, terms)) for each in group]
    shared = partners_ranked(entries, "requester", Case.of(need, seat, footprint, NOW, terms))
    alone = ranked(*group, need=need, footprint=footprint, seat=seat, terms=terms)
    assert shared == alone
    assert [each.reasons for each in shared.candidates] == [each.reasons for each in alone.candidates]


@given(groups, needs, footprints, places, weights)
def test_what_is_explained_is_what_was_counted(
    group: list[Partner], need: Need, footprint: Footprint, seat: Any, terms: RankingTerms
) -> None:
    for candidate in ranked(*group, need=need, footprint=footprint, seat=seat, terms=terms).candidates:
        assert isinstance(candidate.score, int)
        assert sum(reason.points for reason in candidate.reasons) == candidate.score
        assert all(reason.points >= 0 for reason in candidate.reasons)
        assert len({reason.code for reason in candidate.reasons}) == len(candidate.reasons)


@given(groups, needs, footprints, places, weights)
def test_nobody_is_a_candidate_who_must_not_be(
    group: list[Partner], need: Need, footprint: Footprint, seat: Any, terms: RankingTerms
) -> None:
    requester = Requester("requester", seat)
    everybody = [*group, replace(group[0], member="requester")] if group else []
    ranking = rank(need, requester, everybody, footprint, terms, NOW)
    by_member = {partner.member: partner for partner in group}
    named = [each.member for each in ranking.candidates] + [each.member for each in ranking.excluded]
    assert sorted(named) == sorted(by_member)
    for candidate in ranking.candidates:
        partner = by_member[candidate.member]
        assert partner.is_bound
        assert not partner.reported_unable
        assert not partner.is_silent
        assert partner.severity is None or not partner.severity.is_hit
        assert not (footprint.kind is IncidentKind.CYBER and partner.is_exposed)
        assert 1 <= candidate.quantity <= min(candidate.available, need.quantity)
        assert candidate.kind == need.kind or traits.fit(need.kind, candidate.kind) >= terms.least_fit
        if need.kind in traits.TOUCHES_RESIDENT_DATA:
            assert partner.has_nda or not terms.nda_required
            assert not partner.is_associate or terms.associates_may_handle_data


WORSE = ("carried", "said_yes", "asked", "lead_time_hours", "conditions", "severity")


@given(partners, needs, footprints, places, weights, st.integers(1, 50))
def test_what_is_worse_never_lowers_the_score(
    partner: Partner, need: Need, footprint: Footprint, seat: Any, terms: RankingTerms, by: int
) -> None:
    changed = {
        "carried": partner.carried + by,
        "said_yes": max(partner.said_yes - by, 0),
        "asked": max(partner.asked, partner.said_yes) + by,
        "lead_time_hours": (partner.lead_time_hours or 0) + by,
        "conditions": "要相談",
        "severity": Severity.FIVE_UPPER if partner.severity in {None, Severity.FIVE_LOWER} else partner.severity,
    }
    lead, calls = partner.lead_time_hours or 0, max(partner.asked, partner.said_yes)
    before = replace(partner, lead_time_hours=lead, asked=calls)
    asked = {"need": need, "footprint": footprint, "seat": seat, "terms": terms}
    first = ranked(before, **asked).candidates
    for worse in WORSE:
        second = ranked(replace(before, **{worse: changed[worse]}), **asked).candidates
        assert len(second) <= len(first)
        assert all(b.score >= a.score for a, b in zip(first, second, strict=False))


@given(partners, needs, footprints, places, weights, st.integers(1, 50), substitutes)
def test_having_more_never_raises_the_score(
    partner: Partner, need: Need, footprint: Footprint, seat: Any, terms: RankingTerms, more: int, another: Substitute
) -> None:
    asked = {"need": need, "footprint": footprint, "seat": seat, "terms": terms}
    richer = replace(partner, available=partner.available + more, capacity=partner.capacity + more)
    wider = replace(partner, instead=(*partner.instead, another))
    for each in ranked(partner, **asked).candidates:
        assert ranked(richer, **asked).candidates[0].score <= each.score
        assert ranked(wider, **asked).candidates[0].score <= each.score


@settings(max_examples=30)
@given(groups, needs, footprints, places, weights, st.integers(1, 100))
def test_asking_for_more_leaves_nobody_out_and_takes_no_less_of_anybody(
    group: list[Partner], need: Need, footprint: Footprint, seat: Any, terms: RankingTerms, more: int
) -> None:
    asked = {"footprint": footprint, "seat": seat, "terms": terms}
    first = {each.member: each.quantity for each in ranked(*group, need=need, **asked).candidates}
    wanted = replace(need, quantity=need.quantity + more)
    second = {each.member: each.quantity for each in ranked(*group, need=wanted, **asked).candidates}
    assert first.keys() == second.keys()
    assert all(second[member] >= units for member, units in first.items())


def test_a_group_of_one_has_nobody_to_ask() -> None:
    alone = ranked(need=Need("line", "pc", 1, None, is_remote=False))
    assert (alone.candidates, alone.excluded) == ((), ())
