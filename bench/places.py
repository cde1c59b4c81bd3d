"""Where the benchmark takes place: durable databases of both engines, and a group of thirty that nothing has hit."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from agreements import directory
from agreements.terms import Terms
from aid.models import Incident
from bench.load import Post
from foundation import clock
from foundation.database import SERVICE, Database, open_database
from foundation.ids import new_id
from foundation.mode import Mode, settle
from foundation.settings import Settings
from service.house import surroundings
from service.identity.actions import issue_token
from tests import world as worlds
from tests.engines import Cluster, Engines, sqlite_template
from tests.world import World

MEMBERS = 30
PARTNERS = MEMBERS - 1
MESSAGES = PARTNERS * 2 * 2
"""What one request sends: two people at each partner, mail and SMS to each."""
LINES = [
    {"kind": "pc", "quantity": 60},
    {"kind": "printer", "quantity": 4},
    {"kind": "staff_certificates", "quantity": 2},
]
ALL_AT_ONCE = Terms(wave_cover=1000.0, wave_minimum=PARTNERS, planning_from=0)
"""One wave, however little is asked."""


class DurableCluster(Cluster):
    """The tests' private PostgreSQL, which they run without fsync, as an operator would run it."""

    def make_durable(self) -> None:
        options = f"-k {self.directory} -c listen_addresses='' -c max_connections=200"
        data, log = self.directory / "data", self.directory / "log"
        self._run("pg_ctl", "-D", data, "-w", "-m", "fast", "-o", options, "-l", log, "restart")

    def process(self) -> int:
        """Return the process that all its others descend from."""
        return int((self.directory / "data" / "postmaster.pid").read_text().split()[0])


@dataclass(frozen=True, slots=True)
class Place:
    """Databases of one engine; `database_process` is None where the database lives in the server's process."""

    engine: str
    engines: Engines
    directory: Path
    database_process: int | None = None

    def settings(self, name: str, **more: object) -> Settings:
        """Return the settings of an instance with a fresh database."""
        folder = self.directory / f"{self.engine}-{name}"
        folder.mkdir()
        url = self.engines.fresh(self.engine, folder)
        values = {"mode": Mode.DRILL, "key_file": str(folder / "key"), **more}
        return Settings.model_validate({"database_url": url, **values})


def engines_in(directory: Path) -> tuple[Engines, DurableCluster | None]:
    """Make what fresh databases are copied from; without PostgreSQL on the machine there is no cluster."""
    template = sqlite_template(directory)
    cluster = DurableCluster.start(directory)
    assert cluster is None or isinstance(cluster, DurableCluster)
    if cluster is not None:
        cluster.make_durable()
    return Engines(template, cluster), cluster


def codes() -> list[str]:
    """Return thirty municipalities from all over the country."""
    every = directory.municipalities()
    return [every[position * len(every) // MEMBERS].code for position in range(MEMBERS)]


@dataclass(frozen=True, slots=True)
class Group30:
    """The group of thirty in its database, and a token of each member."""

    world: World
    tokens: dict[str, str]

    def posts(self, incident: str) -> tuple[Post, ...]:
        """Return each member's request for help in an incident."""
        return tuple(Post("/api/requests", self.tokens[code], self.draft(code, incident)) for code in self.tokens)

    def draft(self, code: str, incident: str) -> bytes:
        draft = {
            "incident": incident,
            "group": self.world.group,
            "requester": code,
            "lines": LINES,
            "priority": 1,
            "place": "市役所 本庁舎 3階",
            "reason": "庁舎が使えず、証明書の発行を別の場所で始めます。",
        }
        return json.dumps(draft, ensure_ascii=False).encode()


def open_place(settings: Settings) -> Database:
    """Open an instance's database beside no server."""
    return open_database(settings.database_url, surroundings(settings), SERVICE)


async def furnish(settings: Settings) -> Group30:
    """Write the group into a fresh database."""
    database = open_place(settings)
    try:
        await database.write(settle, Mode.DRILL)
        return await database.write(_group_of_thirty)
    finally:
        await database.close()


async def new_incidents(settings: Settings, count: int) -> list[str]:
    """Open incidents, so that no round sees the requests of the round before."""
    database = open_place(settings)
    try:
        return [await database.write(_incident) for _ in range(count)]
    finally:
        await database.close()


def _group_of_thirty(session: Session) -> Group30:
    members = codes()
    world = worlds.build(session, codes=members, coordinator=members[0], hit={}, terms=ALL_AT_ONCE)
    session.flush()
    return Group30(world, {code: issue_token(session, world.email(code)) for code in members})


def _incident(session: Session) -> str:
    incident = Incident(
        id=new_id(),
        name="計測",
        kind="earthquake",
        occurred_at=datetime(2011, 3, 11, 5, 46, tzinfo=UTC),
        opened_at=clock.now(session),
    )
    session.add(incident)
    return incident.id
