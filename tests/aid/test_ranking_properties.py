"""What holds for every ranking, whatever the facts."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from agreements import directory
from agreements.terms import Payer
from aid.ranking import traits
from aid.ranking.filtering import Case
from aid.ranking.geography import Position
from aid.ranking.islands import island_of
from aid.ranking.partners import Footprint, Hit, Need, Partner, RankingTerms, Requester, Substitute, SystemFit, rank
from aid.ranking.partners import ranked as partners_ranked
from aid.ranking.reasons import Code
from aid.ranking.scoring import Roll, entered
from aid.severity import IncidentKind, Severity
from tests.aid.test_ranking import FUJISAWA, NOW, QUAKE, TERMS, TOME, a_partner, positions, ranked

HUGE = 2_000_000_000
counts = st.sampled_from([0, 1, 2, 5, 60, 200, HUGE])
seldom = st.sampled_from([False, False, False, True])
# Near one another, so that what a short way changes occurs; anywhere, so that what a long one changes does.
near = st.sampled_from([0, 3, 20, 31, 45, 90]).map(lambda north: Position(38.692 + north / 111, 141.188))
places = st.builds(
    lambda position, code: position and replace(position, island=island_of(code)),
    near | near | positions,
    st.just("042129") | st.just("422096") | st.sampled_from([each.code for each in directory.municipalities()]),
)
substitutes = st.builds(
    Substitute,
    kind=st.sampled_from(["notebook", "tablet", "staff_resident_data", "staff_helpdesk"]),
    available=counts,
    lead_time_hours=st.none() | st.integers(0, 200),
    max_days=st.none() | st.integers(1, 90),
    capacity=counts,
    conditions=st.none() | st.just("要相談"),
    specs=st.sampled_from([(), ("X1",)]),
)
partners = st.builds(
    Partner,
    member=st.text("abcdef", min_size=1, max_size=3),
    code=st.none() | st.sampled_from(["011002", "142051", "042129"]),
    name=st.just("市"),
    position=places,
    severity=st.sampled_from([None, None, None, Severity.LIGHT, Severity.FIVE_LOWER, Severity.FIVE_UPPER])
    | st.sampled_from(Severity),
    reported_unable=seldom,
    available=counts,
    lead_time_hours=st.sampled_from([None, 0, 0, 1, 8, 30]) | st.integers(0, 8_760),
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
    is_exposed=seldom,
    is_bound=seldom.map(lambda is_not: not is_not),
    is_associate=st.booleans(),
    is_silent=seldom,
    has_nda=st.booleans(),
)
helpers = partners.map(
    lambda each: replace(
        each,
        is_bound=True,
        is_silent=False,
        reported_unable=False,
        severity=None if each.severity and each.severity.is_hit else each.severity,
        available=each.available if each.instead else max(each.available, 1),
    )
)
"""Those whom little stands against, so that enough of them are candidates."""
groups = st.lists(partners | helpers, max_size=8, unique_by=lambda partner: partner.member)
crowds = st.lists(helpers, min_size=4, max_size=8, unique_by=lambda partner: partner.member)
needs = st.builds(
    Need,
    line=st.just("line"),
    kind=st.just("pc")
    | st.sampled_from(["pc", "staff_certificates", "staff_certificates", "remote_help", "hosting", "hosting"]),
    quantity=st.sampled_from([1, 3, 60, HUGE]),
    needed_by=st.none() | st.sampled_from([-10, 6, 24, 200]).map(lambda hours: NOW + timedelta(hours=hours)),
    is_remote=seldom,
    spec=st.none() | st.just("X1"),
    payer=st.sampled_from(Payer),
    period_days=st.sampled_from([0, 14, 366]),
)
footprints = st.builds(
    Footprint,
    kind=st.just(IncidentKind.EARTHQUAKE) | st.sampled_from(IncidentKind),
    hits=st.lists(st.builds(Hit, places.filter(bool), st.sampled_from(Severity)), max_size=4).map(tuple),
)
weights = st.builds(
    RankingTerms,
    near_km=st.sampled_from([0, 30, 500]),
    least_fit=st.sampled_from([1, 300, 700, 1_000]),
    late_percent=st.sampled_from([0, 200]),
    nda_required=st.booleans(),
    associates_may_handle_data=st.booleans(),
    hazard_km=st.sampled_from([0, 60, 60]),
    load=st.sampled_from([0, 2_500, 100_000]),
    answers=st.sampled_from([0, 600]),
    unfit=st.sampled_from([0, 2_000]),
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
def test_a_roll_and_ways_of_other_lines_rank_the_same(
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
    roll = Roll.of(entered(each, Case.of(same, away, footprint, NOW, terms)) for each in group)
    for before in (other, same):
        ranked(*group, need=before, footprint=footprint, seat=away, terms=terms)
    shared = partners_ranked(roll, "requester", Case.of(need, seat, footprint, NOW, terms))
    alone = ranked(*group, need=need, footprint=replace(footprint), seat=seat, terms=terms)
    assert shared == alone
    assert [each.reasons for each in shared.candidates] == [each.reasons for each in alone.candidates]


def test_what_is_explained_is_what_was_counted() -> None:
    """For every circumstance there is: one that is never drawn would be held by nobody."""
    seen: Counter[Code] = Counter()

    @settings(max_examples=100, derandomize=True, database=None, phases=[Phase.generate])
    @given(crowds, needs, footprints, near | places, weights)
    def look(group: list[Partner], need: Need, footprint: Footprint, seat: Any, terms: RankingTerms) -> None:
        for candidate in ranked(*group, need=need, footprint=footprint, seat=seat, terms=terms).candidates:
            assert isinstance(candidate.score, int)
            assert sum(reason.points for reason in candidate.reasons) == candidate.score
            assert len({reason.code for reason in candidate.reasons}) == len(candidate.reasons)
            for reason in candidate.reasons:
                assert 0 <= reason.points <= most(reason.code, terms), reason.code
                seen[reason.code] += reason.points > 0 or reason.code in NEVER_COSTS

    look()
    assert {code for code, times in seen.items() if times} == MOST.keys()


NEVER_COSTS = {Code.REMOTE, Code.READY_NOW, Code.QUANTITY_FULL, Code.SPEC_LISTED, Code.SAME_PACKAGE}
MOST = dict.fromkeys(NEVER_COSTS, "") | {
    Code.DISTANCE: "hour",
    Code.DISTANCE_UNKNOWN: "hour",
    Code.SEA: "hour",
    Code.LEAD_TIME: "delay_cap_minutes",
    Code.LEAD_TIME_UNKNOWN: "delay_cap_minutes",
    Code.LATE: "late_hour",
    Code.QUANTITY_PART: "shortfall",
    Code.SUBSTITUTE: "unfit",
    Code.SPEC_UNCONFIRMED: "spec_unconfirmed",
    Code.SAME_VENDOR: "other_vendor",
    Code.PACKAGE_UNKNOWN: "other_package",
    Code.PACKAGE_DIFFERS: "other_package",
    Code.SHAKEN: "shaken_upper",
    Code.LIGHTLY_HIT: "lightly_hit",
    Code.SAME_HAZARD: "hazard",
    Code.SHARED_DATA_CENTRE: "shared_data_centre",
    Code.LOAD: "load",
    Code.ANSWERED: "answers",
    Code.ANSWER_UNKNOWN: "answers",
    Code.MAX_DAYS: "short_stay",
    Code.CONDITIONS: "conditions",
    Code.COST: "cost_talks",
    Code.NO_NDA: "no_nda",
}
"""Every circumstance that a candidate can have, and the weight that says the most it costs ("": nothing)."""


def most(code: Code, terms: RankingTerms) -> int:
    """Return the most points that a circumstance may cost."""
    weight = MOST[code]
    if weight not in {"hour", "late_hour"}:
        return getattr(terms, weight) if weight else 0
    hour = terms.late_hour if weight == "late_hour" else max(terms.people_hour, terms.goods_hour)
    return terms.delay_cap_minutes * hour // 60


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


@given(helpers, needs, footprints, places, weights, st.integers(1, 50))
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


@given(helpers, needs, footprints, places, weights, st.integers(1, 50), substitutes)
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


def test_ways_are_counted_for_each_island_and_terms() -> None:
    """What a footprint keeps of the ways of one look is of no other island, and by no other terms."""
    quake = replace(QUAKE)
    partner = a_partner(position=replace(FUJISAWA, island=island_of("142051")))
    for seat in (replace(TOME, island=island_of(code)) for code in ("042129", "152242")):
        for terms in (TERMS, replace(TERMS, goods_hour=2 * TERMS.goods_hour)):
            shared, alone = (
                ranked(partner, footprint=each, seat=seat, terms=terms) for each in (quake, replace(QUAKE))
            )
            assert [each.score for each in shared.candidates] == [each.score for each in alone.candidates]
