"""Where the story plays: a running service as its users see it, over HTTP and with a clock on the wall."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from foundation.clock import JAPAN
from service.errors import RefusedError

PATIENCE = 30.0
"""Seconds for which a message, or a change that follows from an answer, is waited for."""
PAUSE = 0.2
Tell = Callable[[str], None]


@dataclass(slots=True)
class Stage:
    """舞台: the running service, seen from outside."""

    http: httpx.Client
    hook: str
    tell: Tell
    began: float = field(default_factory=time.monotonic)
    tokens: dict[str, str] = field(default_factory=dict)

    def say(self, text: str) -> None:
        """Print what happened, with the time of day and the seconds since the beginning."""
        self.tell(f"{datetime.now(JAPAN):%H:%M:%S} (+{time.monotonic() - self.began:4.1f}秒) {text}")

    def call(self, method: str, path: str, *, by: str | None = None, **what: Any) -> Any:
        """Call the API, signed in as a municipality's 情報 contact, and return the answer's JSON."""
        headers = {"Authorization": f"Bearer {self._token(by)}"} if by else {}
        return self._sent(method, f"/api{path}", headers=headers, **what).json()

    def visit(self, method: str, path: str, **what: Any) -> None:
        """Do what a browser or a gateway does: no JSON, no sign-in."""
        self._sent(method, path, **what)

    def _token(self, municipality: str) -> str:
        if municipality not in self.tokens:
            email = f"ict1.{municipality}@demo.example"
            try:
                self.tokens[municipality] = self.call("POST", "/demo/sign-in", json={"email": email})["token"]
            except RefusedError as error:
                raise RefusedError(f"デモとしてサインインできません（{municipality}）。{error}") from None
        return self.tokens[municipality]

    def _sent(self, method: str, path: str, **what: Any) -> httpx.Response:
        try:
            response = self.http.request(method, path, **what)
        except httpx.HTTPError as error:
            raise RefusedError(
                f"{self.http.base_url} につながりません（{type(error).__name__}）。make demo で起動してください。"
            ) from None
        if response.is_error:
            raise RefusedError(f"{method} {path} が {response.status_code} を返しました: {_detail(response)}")
        return response


def awaited(found: Callable[[], dict[str, Any] | None], failure: str) -> dict[str, Any]:
    """Return what is found, looking again until patience ends."""
    deadline = time.monotonic() + PATIENCE
    while (seen := found()) is None:
        if time.monotonic() > deadline:
            raise RefusedError(failure)
        time.sleep(PAUSE)
    return seen


def _detail(response: httpx.Response) -> str:
    try:
        problem = response.json()
    except ValueError:
        return response.reason_phrase
    pointers = [f"{each['pointer']} {each['detail']}" for each in problem.get("errors", [])]
    return " ".join([str(problem.get("detail", "")), *pointers])
