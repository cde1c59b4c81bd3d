from aid.ranking import traits
from aid.ranking.islands import Travel
from inventory import catalogue


def test_substitutes_are_kinds_of_the_catalogue_that_fit_less_than_the_kind_itself() -> None:
    for wanted, others in traits.SUBSTITUTES.items():
        assert wanted in catalogue.KINDS
        for kind, fit in others.items():
            assert kind in catalogue.KINDS
            assert kind != wanted
            assert 0 < fit < traits.WHOLE


def test_people_never_stand_in_for_things() -> None:
    for wanted, others in traits.SUBSTITUTES.items():
        assert {traits.is_people(kind) for kind in others} == {traits.is_people(wanted)}


def test_fit_is_whole_for_the_kind_itself_and_nothing_for_strangers() -> None:
    assert traits.fit("pc", "pc") == traits.WHOLE
    assert traits.fit("pc", "notebook") == 900
    assert traits.fit("pc", "generator") == 0
    assert traits.kinds_instead("pc") == ("notebook", "tablet")
    assert traits.kinds_instead("pc", least_fit=500) == ("notebook",)
    assert traits.kinds_instead("cabling") == ()


def test_what_moves_follows_from_the_kind() -> None:
    assert traits.travel_of("pc") is Travel.GOODS
    assert traits.travel_of("staff_network") is Travel.PEOPLE
    assert traits.travel_of("remote_help") is Travel.REMOTE


def test_rules_speak_of_kinds_that_exist() -> None:
    assert catalogue.KINDS.keys() >= traits.PACKAGE_IS_A_MUST
    assert catalogue.KINDS.keys() >= traits.TOUCHES_RESIDENT_DATA
