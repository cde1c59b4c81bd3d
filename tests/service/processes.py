"""The operator's command as a real process, in a folder of its own."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

YUIMARU = Path(sys.executable).with_name("yuimaru")
DEMO = {
    "YUIMARU_MODE": "drill",
    "YUIMARU_IS_DEMO": "1",
    "YUIMARU_SMS_URLS": "console:?hook_secret=demo",
    "YUIMARU_LOG_LEVEL": "WARNING",
    "PORT": "0",
}


def environment(**given: str) -> dict[str, str]:
    """The machine's environment without anybody's settings, and what is given."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("YUIMARU_") and name != "PORT"}
    return {**plain, "PYTHONWARNINGS": "error", **given}


def run(folder: Path, *words: str, **given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [YUIMARU, *words],
        cwd=folder,
        env=environment(**given),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@dataclass
class Served:
    """`yuimaru serve` in a folder, from its greeting to its end."""

    folder: Path
    given: Mapping[str, str] = field(default_factory=lambda: DEMO)

    def __post_init__(self) -> None:
        self.greeting = ""
        self.process = subprocess.Popen(
            [YUIMARU, "serve"],
            cwd=self.folder,
            env=environment(**self.given),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout is not None
        while "yuimaru story" not in self.greeting:
            line = self.process.stdout.readline()
            assert line, f"no greeting, but: {self.greeting}"
            self.greeting += line
        match = re.search(r"http://127\.0\.0\.1:\d+", self.greeting)
        assert match is not None
        self.url = match[0]

    def http(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=10, trust_env=False)

    def end(self, number: int) -> int:
        """Send a signal and return the exit code, within five seconds."""
        self.process.send_signal(number)
        code = self.process.wait(5)
        assert self.process.stdout is not None
        self.said = self.process.stdout.read()
        self.process.stdout.close()
        return code
