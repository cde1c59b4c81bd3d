"""The rules of the year: what a step lacks, what becomes of a finding, when somebody is reminded."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from foundation.problems import Language
from readiness.security.guidance import LACKS, next_steps
from readiness.security.lifecycle import (
    STEPS,
    Done,
    FindingAct,
    FindingState,
    Lack,
    PolicyStage,
    Step,
    YearFacts,
    finding_after,
    first_day,
    is_overdue,
    last_day,
    reminded_on,
    standings,
)
from readiness.security.queries import found_in_words
from readiness.security.questions import ASKED, CheckMark, Question, needs_comment, suggested

DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))
DONES = st.none() | st.builds(Done, st.datetimes(timezones=st.just(UTC)), st.just("person"))
FACTS = st.builds(
    YearFacts,
    stated=DONES,
    stage=st.none() | st.sampled_from(PolicyStage),
    revision_due_on=st.none() | DAYS,
    is_check_started=st.booleans(),
    check=DONES,
    audit=DONES,
    review=DONES,
    approval=DONES,
    has_approver=st.booleans(),
    trainings=st.integers(0, 3),
    attended=DONES,
)
NAMES = {name for asked in ASKED.values() for name in asked.found_en.replace("}", "{").split("{")[1::2]}
NUMBERS = st.fixed_dictionaries({name: st.integers(0, 1000) for name in sorted(NAMES)})


@given(FACTS, DAYS)
def test_each_step_is_done_or_says_what_it_lacks(facts: YearFacts, day: date) -> None:
    found = standings(facts, day)
    assert [each.step for each in found] == list(Step)
    assert all((each.done is None) == bool(each.lacks) for each in found)


@given(FACTS, DAYS)
def test_whatever_is_added_takes_nothing_away(facts: YearFacts, day: date) -> None:
    """Attending a training, or an approval, never undoes another step."""
    values = {name: getattr(facts, name) for name in YearFacts.__slots__}
    later = YearFacts(**{**values, "attended": Done(datetime(2026, 9, 1, tzinfo=UTC), None), "trainings": 1})
    before = {each.step for each in standings(facts, day) if each.done}
    after = {each.step for each in standings(later, day) if each.done}
    assert after == before | {Step.TRAINING}


def test_a_review_waits_for_the_approver_where_there_is_one() -> None:
    done = Done(datetime(2026, 9, 1, tzinfo=UTC), "a")
    reviewed = YearFacts(check=done, audit=done, review=done, has_approver=True)
    lacks = {each.step: each.lacks for each in standings(reviewed, date(2026, 9, 1))}
    assert lacks[Step.REVIEW] == (Lack.NOT_APPROVED,)
    without = YearFacts(check=done, audit=done, review=done)
    assert {each.step: each.done for each in standings(without, date(2026, 9, 1))}[Step.REVIEW] == done


def test_a_policy_counts_until_its_revision_is_overdue() -> None:
    done = Done(datetime(2026, 4, 2, tzinfo=UTC), "a")
    facts = YearFacts(stated=done, stage=PolicyStage.ADOPTED, revision_due_on=date(2026, 9, 1))
    assert standings(facts, date(2026, 9, 1))[0].done == done
    assert standings(facts, date(2026, 9, 2))[0].lacks == (Lack.REVISION_OVERDUE,)


@given(st.lists(st.sampled_from(FindingAct), max_size=12))
def test_a_finding_is_accepted_only_after_it_was_done_and_then_stays(acts: list[FindingAct]) -> None:
    state, was_done = FindingState.OPEN, False
    for act in acts:
        after = finding_after(state, act)
        assert (after is not None) == (STEPS[act][0] is state)
        if after is FindingState.ACCEPTED:
            assert state is FindingState.DONE
            assert was_done
        assert not (state is FindingState.ACCEPTED and after)
        was_done = was_done or after is FindingState.DONE
        state = after or state


@given(DAYS, DAYS)
def test_a_reminder_comes_after_the_due_day_and_never_twice_a_month(due_on: date, today: date) -> None:
    on = reminded_on(due_on, today)
    assert on > max(due_on, today)
    assert is_overdue(FindingState.OPEN, due_on, on)
    assert on == due_on + timedelta(days=1) or on - today >= timedelta(days=30)


@given(DAYS, st.sampled_from(FindingState))
def test_on_the_due_day_it_is_in_time(due_on: date, state: FindingState) -> None:
    assert not is_overdue(state, due_on, due_on)
    assert is_overdue(state, due_on, due_on + timedelta(days=1)) == (state is FindingState.OPEN)


@given(st.integers(2000, 2098))
def test_a_fiscal_year_is_a_whole_year(year: int) -> None:
    assert last_day(year) + timedelta(days=1) == first_day(year + 1)
    assert first_day(year) == date(year, 4, 1)


@given(st.sampled_from(Question), NUMBERS)
def test_every_question_says_its_numbers_in_both_languages(question: Question, numbers: dict[str, int]) -> None:
    asked, suggestion = ASKED[question], suggested(question, numbers)
    assert "{" not in asked.found_ja.format_map(numbers)
    assert "{" not in asked.found_en.format_map(numbers)
    assert suggestion is None or suggestion in CheckMark


def test_a_sheet_of_before_a_number_was_counted_can_still_be_read() -> None:
    older = {"readings": 3, "under_nda": 2, "readers": 1, "members": 1}
    assert "うち秘密保持契約による2回、緊急閲覧0回" in found_in_words(Question.LOOKED_AT, older, Language.JA)


def test_one_person_who_signs_in_for_an_office_is_what_sharing_looks_like() -> None:
    shared = {"people": 8, "signed_in": 1, "sign_ins": 240, "most": 240}
    assert suggested(Question.OWN_ID, shared) is CheckMark.BAD
    assert suggested(Question.OWN_ID, {**shared, "signed_in": 8}) is CheckMark.GOOD
    assert suggested(Question.OWN_ID, {**shared, "sign_ins": 0, "signed_in": 0}) is None
    unswitched = {"terminals": 1, "switches": 0, "never_switched": 1}
    assert suggested(Question.SWITCHING, unswitched) is CheckMark.BAD


def test_an_answer_better_than_the_record_has_to_be_explained() -> None:
    assert needs_comment(CheckMark.GOOD, CheckMark.BAD)
    assert needs_comment(CheckMark.PARTLY, CheckMark.PARTLY)
    assert not needs_comment(CheckMark.GOOD, CheckMark.GOOD)
    assert not needs_comment(CheckMark.GOOD, None)


@given(st.none() | st.sampled_from(PolicyStage), st.none() | DAYS, DAYS)
def test_nobody_is_left_without_a_next_step(stage: PolicyStage | None, due_on: date | None, today: date) -> None:
    assert next_steps(stage, due_on, today)


def test_every_lack_has_its_words() -> None:
    assert set(LACKS) == set(Lack)
