"""What a function leads to: every function and class that it names, and that those name in turn.

Names count, not only calls, since a handler hands its action to the database: `database.write(actions.ask, …)`.
A method is looked for by its class: whoever names a class leads to what its body names.
"""

import ast
import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from foundation.problems import Problem
from tests.architecture.sources import Source, dotted, rooms

FLOOR = ("foundation.actor.Actor", "foundation.calls.Call", "foundation.database", "foundation.operations")
"""What every handler is handed: it leads everywhere, so nothing is learnt from following it."""


@dataclass(frozen=True)
class Definition:
    name: str
    names: frozenset[str]
    raised: frozenset[str]
    caught: frozenset[str]


@cache
def definitions() -> dict[str, Definition]:
    """Return every function, class and module-level value of the rooms by its dotted name."""
    return {each.name: each for source in rooms() for each in _defined(source)}


@cache
def reached(name: str, within: str = "") -> frozenset[str]:
    """Return the dotted names of all that a definition leads to (following those `within`), itself included."""
    known, found, waiting = definitions(), set[str](), [name]
    while waiting:
        here = waiting.pop()
        if here in found:
            continue
        found.add(here)
        if here in known and here.startswith(within) and not here.startswith(FLOOR):
            waiting += known[here].names
    return frozenset(found)


@cache
def raised() -> dict[str, frozenset[str]]:
    """Return which problems each definition lets through: its own, and those of what it names and doesn't catch."""
    known = definitions()
    found = {name: each.raised for name, each in known.items()}
    is_settled = False
    while not is_settled:
        is_settled = True
        for name, each in known.items():
            through = {
                error
                for other in each.names - {name}
                for error in found.get(other, ())
                if not other.startswith(FLOOR)
            }
            new = found[name] | {error for error in through if not _is_caught(error, each.caught)}
            if new != found[name]:
                found[name], is_settled = new, False
    return found


@cache
def problem_named(name: str) -> type[Problem] | None:
    """Return the problem of a dotted name, or None where it names anything else."""
    module, _, attribute = name.rpartition(".")
    if module not in _modules():
        return None
    found = getattr(importlib.import_module(module), attribute, None)
    return found if isinstance(found, type) and issubclass(found, Problem) else None


@cache
def _modules() -> frozenset[str]:
    return frozenset(source.module for source in rooms())


def _is_caught(error: str, caught: frozenset[str]) -> bool:
    kinds = tuple(kind for each in caught if (kind := problem_named(each)))
    problem = problem_named(error)
    return problem is None or (bool(kinds) and issubclass(problem, kinds))


def _defined(source: Source) -> Iterator[Definition]:
    own = {name for node in source.tree.body for name in _bound(node)}
    for node in source.tree.body:
        for name in _bound(node):
            inside = list(_inside(node))
            yield Definition(
                f"{source.module}.{name}",
                frozenset(_resolved(source, own, inside)),
                frozenset(_raised(source, own, inside)),
                frozenset(_caught(source, own, inside)),
            )


def _inside(node: ast.stmt) -> Iterator[ast.AST]:
    """Walk through a definition; what its decorator declares is not what it does."""
    decorators = getattr(node, "decorator_list", [])
    for child in ast.iter_child_nodes(node):
        if child not in decorators:
            yield from ast.walk(child)


def _bound(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    targets = (
        node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    )
    return [each.id for each in targets if isinstance(each, ast.Name)]


def _resolved(source: Source, own: set[str], nodes: list[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Name | ast.Attribute) and (name := dotted(node)):
            yield from _meaning(source, own, name)


def _meaning(source: Source, own: set[str], name: str) -> Iterator[str]:
    first, _, rest = name.partition(".")
    if first in source.imports:
        yield ".".join(filter(None, (source.imports[first], rest)))
    elif first in own:
        yield f"{source.module}.{first}"


def _raised(source: Source, own: set[str], nodes: list[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Raise) and node.exc is not None:
            error = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            yield from _meaning(source, own, dotted(error))


def _caught(source: Source, own: set[str], nodes: list[ast.AST]) -> Iterator[str]:
    """What an `except` takes up; one that raises the same again takes up nothing."""
    for node in nodes:
        if isinstance(node, ast.ExceptHandler) and node.type is not None and not _raises_again(node):
            for kind in node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]:
                yield from _meaning(source, own, dotted(kind))


def _raises_again(handler: ast.ExceptHandler) -> bool:
    return any(isinstance(node, ast.Raise) and node.exc is None for node in ast.walk(handler))
