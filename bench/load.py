"""The load generator: posts over kept connections, as cheaply as Python can, and times each answer."""

import asyncio
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from multiprocessing.connection import Connection
from typing import Any

import uvloop


@dataclass(frozen=True, slots=True)
class Post:
    """What one caller posts; every posting gets an Idempotency-Key of its own."""

    path: str
    token: str
    body: bytes

    def encoded(self) -> bytes:
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {self.token}\r\nIdempotency-Key: {uuid.uuid4()}\r\n"
            f"Content-Length: {len(self.body)}\r\n\r\n"
        )
        return head.encode() + self.body


@dataclass(frozen=True, slots=True)
class Job:
    """Post in turn for some seconds, and at least once on each connection."""

    port: int
    posts: tuple[Post, ...]
    concurrency: int
    seconds: float


@dataclass(slots=True)
class Result:
    """`latencies` in seconds, `started_at` before the first (monotonic); `other` is the first answer but 201."""

    started_at: float = 0.0
    elapsed: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    other: str = ""

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.elapsed

    def percentile(self, percent: int) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


class Generator:
    """The generator's process, spoken to over a pipe."""

    def __init__(self, pipe: "Connection[Any, Any]") -> None:
        self._pipe = pipe

    def run(self, job: Job) -> Result:
        """Post for as long as the job says. Raises RuntimeError where anything but 201 was answered."""
        self._pipe.send(job)
        result: Result = self._pipe.recv()
        if set(result.statuses) != {201}:
            raise RuntimeError(f"not all were 201: {dict(result.statuses)} {result.other}")
        return result


def serve(pipe: "Connection[Any, Any]") -> None:
    """Do one job after another (the process's main function)."""
    while True:
        pipe.send(uvloop.run(_carry_out(pipe.recv())))


async def _carry_out(job: Job) -> Result:
    result = Result()
    posts = cycle(job.posts)
    result.started_at = time.monotonic()
    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(job.concurrency):
            group.create_task(_post_until(started + job.seconds, job.port, posts, result))
    result.elapsed = time.perf_counter() - started
    return result


async def _post_until(end: float, port: int, posts: Iterator[Post], result: Result) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    is_first = True
    while is_first or time.perf_counter() < end:
        is_first = False
        request = next(posts).encoded()
        began = time.perf_counter()
        writer.write(request)
        status, body = await _answer(reader)
        result.latencies.append(time.perf_counter() - began)
        result.statuses[status] += 1
        if status != 201:
            result.other = result.other or body.decode()[:500]
    writer.close()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
    return int(head.split(b" ", 2)[1]), await reader.readexactly(length)
