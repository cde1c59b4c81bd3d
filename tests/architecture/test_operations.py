"""Every operation says who may call it, what it does and what it refuses."""

import importlib
import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from foundation import problems
from foundation.actor import Permission
from foundation.operations import Operation, operations_in
from foundation.problems import Problem
from foundation.settings import Settings
from service import policy
from service.app import OPERATIONS, create_app, describe
from service.identity import demo
from tests.architecture.reach import definitions, problem_named, raised, reached
from tests.architecture.sources import rooms

DOCUMENT = describe()
MODULES = {source.module for source in rooms()}
ALL = [*OPERATIONS, *operations_in(demo)]
JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
FROM_THE_FLOOR = {
    "Unavailable",
    "Unauthorised",
    "Forbidden",
    "Conflict",
    "Stale",
    "NotFound",
    "TooLarge",
    "WrongType",
}
"""Problems that the floor documents for every operation where they can happen."""

IMPOSSIBLE = {("declare_capability", "CapabilityNotFound"): "reads back the row it has just made"}
"""Refusals that the guards see on the way but that this operation never meets, and why."""

WITHOUT_WORDS = {
    "AnswerRefused": "passes on the sentence of the room that asked",
    "GatewayNotFound": "says no more than that nothing is here",
    "MessagesNotShown": "says no more than that nothing is here",
}
"""Refusals without a sentence of their own, and why. Invalid ones speak by their fields' errors."""


NO_OPERATIONS = {
    "openapi": "the document of the operations itself",
    "scim": "another protocol than ours, RFC 7644: tests/service/test_scim.py tries every method as another member",
}
"""Routes of the service that no `@operation` declares, by their endpoint's name, and why."""


def test_every_route_is_an_operation_or_says_why_not() -> None:
    declared = {each.path for each in ALL}
    routes = create_app(Settings()).routes
    names = {getattr(each, "name", "").strip("_") for each in routes if getattr(each, "path", "") not in declared}
    assert names == set(NO_OPERATIONS)


@pytest.mark.asvs("8.1.1", "8.2.1")
def test_every_operation_has_a_permission_or_a_reason_for_none() -> None:
    assert {each.name for each in ALL if each.permission is None} == set(policy.OPEN)


def test_every_permission_asked_for_is_known() -> None:
    assert {each.permission for each in ALL if each.permission} <= set(policy.ALL)


def test_operation_ids_are_unique() -> None:
    names = [each.name for each in ALL]
    assert len(names) == len(set(names))


def test_its_first_line_says_in_japanese_and_english_what_it_does() -> None:
    firsts = {each.name: (each.handler.__doc__ or "").strip().partition("\n")[0] for each in ALL}
    wanted = re.compile(rf"^.*{JAPANESE.pattern}.*\([A-Za-z].*\)")
    assert not {name: first for name, first in firsts.items() if not wanted.search(first)}


def test_every_operation_documents_what_it_refuses() -> None:
    lacking = {
        (each.name, error.__name__, error.status)
        for each in OPERATIONS
        for error in _named_from(raised()[_handler(each)])
        if (each.name, error.__name__) not in IMPOSSIBLE and str(error.status) not in _answers(each)
    }
    assert not lacking


def test_what_an_operation_says_it_refuses_can_happen() -> None:
    """A problem in the list that nothing names is a promise out of date."""
    empty = {
        (each.name, error.__name__)
        for each in ALL
        for error in each.problems
        if error not in _named_from(reached(_handler(each))) and error.__name__ not in FROM_THE_FLOOR
    }
    assert not empty


def test_every_refusal_names_its_remedy_in_both_languages() -> None:
    kinds = {each for each in vars(problems).values() if isinstance(each, type) and issubclass(each, Problem)}
    bare = {
        error.__name__
        for error in set(_problem_classes()) - kinds
        if not issubclass(error, problems.Invalid)
        if not JAPANESE.search(error.ja) or any(error.ja == kind.ja or error.en == kind.en for kind in kinds)
    }
    assert bare == set(WITHOUT_WORDS)


def test_no_refusal_of_a_room_names_a_number() -> None:
    """The kind does; a room's own status would make the tree in foundation.problems untrue."""
    assert not [
        each for each in _problem_classes() if "status" in vars(each) and _room(each) not in {"foundation", "service"}
    ]


def test_every_permission_is_declared_explained_and_held() -> None:
    modules = [importlib.import_module(source.module) for source in rooms() if source.path.name == "permissions.py"]
    for module in modules:
        declared = {value for name, value in vars(module).items() if name.isupper() and isinstance(value, str)}
        assert declared == set(module.ALL), module.__name__
        assert all(JAPANESE.search(sentence) for sentence in module.ALL.values()), module.__name__
    assert set(policy.ALL) == {each for module in modules for each in module.ALL}
    assert set(policy.ALL) == set(policy.PAGE)
    assert set(policy.ALL) == {each for holder in _holders() for each in holder}


def test_every_permission_opens_something() -> None:
    """A permission that no code asks for promises what isn't there."""
    constants = {
        value: f"{source.module}.{name}"
        for source in rooms()
        if source.path.name == "permissions.py"
        for name, value in vars(importlib.import_module(source.module)).items()
        if name.isupper() and isinstance(value, str)
    }
    asked = "\n".join(source.text for source in rooms() if source.module != "service.policy")
    unused = [name for name in constants.values() if f"permissions.{name.rpartition('.')[2]}" not in asked]
    assert not unused


def _holders() -> list[frozenset[Permission]]:
    """Return the sets that the page of roles itself makes."""
    own = {name.rpartition(".")[2] for name in definitions() if name.startswith("service.policy.")}
    return [value for name, value in vars(policy).items() if name in own and isinstance(value, frozenset)]


def _answers(operation: Operation) -> dict[str, Any]:
    answers: dict[str, Any] = DOCUMENT["paths"][operation.path][operation.method.lower()]["responses"]
    return answers


def _handler(operation: Operation) -> str:
    return f"{operation.handler.__module__}.{operation.name}"


def _named_from(names: Iterable[str]) -> set[type[Problem]]:
    return {error for name in names if (error := problem_named(name))}


def _problem_classes(parent: type[Problem] = Problem) -> Iterator[type[Problem]]:
    for each in parent.__subclasses__():
        if each.__module__ in MODULES:
            yield each
        yield from _problem_classes(each)


def _room(error: type[Problem]) -> str:
    return error.__module__.split(".")[0]
