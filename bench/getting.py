"""One caller that gets the same page again and again over one connection, and times each answer."""

import time
from http.client import HTTPConnection
from statistics import median


class Getter:
    """A connection to one server, kept open while it is used."""

    def __init__(self, port: int, path: str, token: str = "") -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self._path = path
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self) -> bytes:
        """Return the answer's body. Raises RuntimeError where it is not 200."""
        self._connection.request("GET", self._path, headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {body.decode()[:500]}")
        return body

    def p50(self, times: int) -> float:
        """Return the median of so many answers over a new connection, in milliseconds; one more warms up."""
        self._connection.close()
        self.get()
        return median(self._once() for _ in range(times))

    def _once(self) -> float:
        began = time.perf_counter()
        self.get()
        return (time.perf_counter() - began) * 1000
