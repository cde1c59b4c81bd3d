"""An operation states its path, permission, input, output and refusals once; everything else reads them here."""

import inspect
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from pydantic import BaseModel

from foundation.actor import Permission
from foundation.problems import Problem
from foundation.uploads import Upload

Handler = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Operation:
    """操作: one method on one path. `permission` None means that anyone may call it.

    `assurance` is how many factors its caller must have signed in with. An answer that holds what is shown once is
    not kept for an Idempotency-Key.
    `fields` are those of a query or form that the handler reads by itself and never refuses: they are only described.
    `answers` are those by status that another protocol words in its own way.
    A handler with a parameter of type Upload takes a form with one file; its `body` is then made of the form's
    fields.
    Where it answers in one of several media types they stand in one text, separated by a comma and a space.
    """

    method: str
    path: str
    handler: Handler
    permission: Permission | None
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    returns: type[BaseModel] | None = None
    status: int = 200
    problems: tuple[type[Problem], ...] = ()
    media_type: str = "application/json"
    assurance: int = 0
    keeps_answer: bool = True
    parameters: dict[str, str] = field(default_factory=dict)
    fields: type[BaseModel] | None = None
    answers: dict[int, type[BaseModel]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The operation's id: the handler's name."""
        return self.handler.__name__

    @property
    def takes_file(self) -> bool:
        """Whether its input is a form with one file instead of JSON."""
        return "file" in self.parameters.values()

    @property
    def room(self) -> str:
        """The room that offers it."""
        return self.handler.__module__.split(".")[0]


def operation(
    method: str,
    path: str,
    *,
    permission: Permission | None,
    prefix: str = "/api",
    body: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None,
    returns: type[BaseModel] | None = None,
    status: int = 200,
    problems: tuple[type[Problem], ...] | list[type[Problem]] = (),
    media_type: str = "application/json",
    assurance: int = 0,
    keeps_answer: bool = True,
    fields: type[BaseModel] | None = None,
    answers: dict[int, type[BaseModel]] | None = None,
) -> Callable[[Handler], Operation]:
    """Declare the handler below as an operation of the API."""

    def declare(handler: Handler) -> Operation:
        return Operation(
            method,
            prefix + path,
            handler,
            permission,
            body,
            query,
            returns,
            status,
            tuple(problems),
            media_type,
            assurance,
            keeps_answer,
            _parameters(handler, prefix + path, body, query),
            fields,
            answers or {},
        )

    return declare


def operations_in(*modules: ModuleType) -> list[Operation]:
    """Return the operations that modules declare, in their order."""
    return [each for module in modules for each in vars(module).values() if isinstance(each, Operation)]


def path_names(path: str) -> list[str]:
    """Return the names in a path's braces."""
    return re.findall(r"{(\w+)}", path)


def _parameters(handler: Handler, path: str, body: object, query: object) -> dict[str, str]:
    """Map each of the handler's parameters to where its value comes from: path, body, file or query."""
    return dict(_sources(handler, path, body, query))


def _sources(handler: Handler, path: str, body: object, query: object) -> Iterator[tuple[str, str]]:
    parameters = list(inspect.signature(handler, eval_str=True).parameters.values())[1:]
    for parameter in parameters:
        if parameter.name in path_names(path):
            yield parameter.name, "path"
        elif body is not None and parameter.annotation is body:
            yield parameter.name, "body"
        elif parameter.annotation is Upload:
            yield parameter.name, "file"
        elif query is not None and parameter.annotation is query:
            yield parameter.name, "query"
        else:
            raise TypeError(f"{handler.__name__}: nothing gives its parameter {parameter.name!r}")
