"""A PostgreSQL of a test's own, durable as an operator's, that can be killed and started again."""

import os
import signal
import subprocess
import time
from pathlib import Path

from tests.engines import Cluster

_PATIENCE = 30.0


class MortalCluster(Cluster):
    """Beside the tests' shared cluster, which nobody may kill."""

    def make_durable(self) -> None:
        """Run it with fsync, as an operator would."""
        self._run("pg_ctl", "-D", self.directory / "data", "-w", "-m", "fast", "stop")
        self.begin()

    def begin(self) -> None:
        """Start it, on what it left behind; a dead one's children may take a moment to end."""
        options = f"-k {self.directory} -c listen_addresses='' -c max_connections=200"
        data, log = self.directory / "data", self.directory / "log"
        until = time.monotonic() + _PATIENCE
        while True:
            try:
                self._run("pg_ctl", "-D", data, "-w", "-o", options, "-l", log, "start")
            except subprocess.CalledProcessError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)
            else:
                return

    def kill(self) -> None:
        """`kill -9` of the process that all its others descend from."""
        pid = int((self.directory / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        until = time.monotonic() + _PATIENCE
        while Path(f"/proc/{pid}").exists() and time.monotonic() < until:
            time.sleep(0.02)
