"""Row-level security on PostgreSQL: which tables stand under it, for whom it holds, and what fails closed."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import make_url, select, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from agreements.models import Member
from foundation.clock import now
from foundation.database import SERVICE, Database, Scope, Surroundings, open_database
from foundation.database.scope import ROLE, Party, RoleRefusedError
from foundation.ids import new_id
from inventory.guests.models import GuestPool
from migrations.tables import METADATA
from migrations.upgrading import downgrade, is_current, upgrade
from tests.engines import Cluster, Engines

pytestmark = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)

OPEN = {
    "aid_requests": "the members of a group see each other's requests; the predicate says which",
    "api_tokens": "digests alone; asked for before it is known who calls",
    "ask_digests": "whom a request reached, as with asks; ended in the requester's transaction",
    "asks": "whom a request reached: the requester and the asked see the same row",
    "audit_checkpoints": "numbers of anchors and who was mailed them",
    "audit_heads": "a number and a hash; locked by everybody whose act concerns the member",
    "capabilities": "what partners could give is matched in the asker's transaction",
    "channels": "alerts go to partners in the asker's transaction; the addresses are sealed",
    "chronology": "the record of an incident, kept by all together",
    "contacts": "who is designated is public to the group",
    "data_keys": "wrapped by the master key; whoever seals or opens asks for one",
    "deliveries": "written by whoever causes an alert; addresses are sealed",
    "desks": "public to the group",
    "digested_requests": "whom a request reached, as with asks; ended in the requester's transaction",
    "directory_people": "user names are sealed, other names people have anyway; written by the directory",
    "emergency_accesses": "seen by all members of the group: any of them may be the second person",
    "group_members": "public to the group; the lock itself asks it",
    "groups": "public to the group; the lock itself asks it",
    "holds": "what partners are being asked for counts in every asker's matching",
    "inbound_messages": "waits for any coordinator's person; the text is sealed",
    "incident_events": "news of an incident for all who take part",
    "invitations": "digests alone; made and ended by who vouches for another person",
    "kept_answers": "sealed for who asked; the key is a digest of caller, target and key",
    "known_places": "digests alone",
    "members": "public to all who are signed in",
    "offers": "who asked and who offers see the same row",
    "passkey_challenges": "random values that last minutes",
    "people": "names are seen across a group; the lock itself asks it",
    "person_roles": "asked for before it is known who calls",
    "providers": "how gateways are; written by the worker",
    "reading_grants": "written by whoever confirms or ends an access; the lock itself asks it",
    "recipients": "written by whoever causes an alert",
    "request_counters": "a number",
    "sessions": "digests alone; asked for before it is known who calls",
    "situation_reports": "seen by all who take part",
    "telephone_calls": "made by requester and coordinator, who see the same rows",
    "temporary_contacts": "seen across a group; the addresses are sealed",
    "terminal_people": "asked for before it is known who calls; the number is a keyed digest",
    "training_registrations": "kept by the coordinator for all",
}
"""Tables that name a member or person and stand under no lock, and why."""
OWNING = ("member", "person", "owner", "chain", "requester", "coordinator")


@contextmanager
def connected(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def locked(url: str) -> set[str]:
    """Return the tables under row-level security that holds for their owner, too, each with a policy."""
    with connected(url) as connection:
        rows = connection.execute(
            "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity AND EXISTS"
            " (SELECT FROM pg_policy WHERE polrelid = pg_class.oid AND polroles @> ARRAY[%s::regrole::oid])",
            [ROLE],
        )
        return {str(name) for (name,) in rows}


def test_every_table_of_a_members_rows_is_locked_or_named_with_a_reason(database_url: str) -> None:
    owned = {
        table.name
        for table in METADATA.tables.values()
        if any(column.name.startswith(OWNING) for column in table.columns)
    }
    under_lock = locked(database_url)
    assert not owned - under_lock - set(OPEN), "lock it in a migration, or say why not"
    assert not under_lock & set(OPEN)
    assert set(OPEN) <= set(METADATA.tables)


def test_the_role_owns_nothing_and_cannot_pass_the_lock(database_url: str) -> None:
    with connected(database_url) as connection:
        may = connection.execute(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcanlogin FROM pg_roles WHERE rolname = %s", [ROLE]
        ).fetchone()
        owned = connection.execute("SELECT count(*) FROM pg_class WHERE relowner = %s::regrole", [ROLE]).fetchone()
        member_of = connection.execute(
            "SELECT count(*) FROM pg_auth_members WHERE member = %s::regrole", [ROLE]
        ).fetchone()
    assert may == (False, False, False, False)
    assert owned == (0,)
    assert member_of == (0,)


async def test_every_transaction_gives_up_its_rights_and_says_who_acts(database: Database) -> None:
    asked = "SELECT current_user, current_setting('yuimaru.party'), current_setting('yuimaru.member')"

    def who(session: Session) -> tuple[str, ...]:
        return tuple(session.execute(text(asked)).one())

    narrowed = database.acting(Scope(Party.PERSON, "p", "m"))
    for way in (narrowed.read, narrowed.write, narrowed.disclose):
        assert await way(who) == (ROLE, "person", "m")
    assert await database.read(who) == (ROLE, "service", "")


def put_pool(session: Session, member: str) -> None:
    session.add(Member(id=member, kind="member", name="市", created_at=now(session)))
    session.flush()
    session.add(
        GuestPool(
            id=new_id(), member_id=member, name="x", needs_pledge=False, needs_training=False, created_at=now(session)
        )
    )
    session.flush()


def pools(session: Session) -> list[str]:
    return list(session.scalars(select(GuestPool.member_id)))


async def test_without_a_scope_nothing_is_seen_or_written(database: Database, database_url: str) -> None:
    await database.write(put_pool, "m")
    with connected(database_url) as connection, connection.transaction():
        connection.execute(f"SET LOCAL ROLE {ROLE}")
        for table in locked(database_url):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table
        with pytest.raises(errors.InsufficientPrivilege), connection.transaction():
            connection.execute("UPDATE audit SET act = 'x'")
        assert connection.execute("DELETE FROM guest_pools").rowcount == 0
        with pytest.raises(errors.InsufficientPrivilege), connection.transaction():
            connection.execute(
                "INSERT INTO guest_pools (id, member_id, name, needs_pledge, needs_training, created_at)"
                " VALUES ('y', 'm', 'y', false, false, now())"
            )
    assert await database.read(pools) == ["m"]


async def test_a_scope_ends_with_its_transaction(database: Database) -> None:
    await database.write(put_pool, "m")
    own, other = (database.acting(Scope(Party.PERSON, "p", member)) for member in ("m", "n"))
    operator = database.acting(Scope(Party.OPERATOR))
    for _ in range(20):  # on the same few connections
        assert await own.read(pools) == ["m"]
        assert await other.read(pools) == []
        assert await operator.read(pools) == []
    with pytest.raises(ProgrammingError, match="row-level security"):
        await other.write(put_pool, "k")
    assert await database.read(pools) == ["m"]


@pytest.fixture
def cluster(engines: Engines) -> Cluster:
    if engines.cluster is None:
        pytest.skip("PostgreSQL: initdb is not installed")
    return engines.cluster


@pytest.fixture
def plain_owner(cluster: Cluster) -> Iterator[str]:
    """The URL of an empty database whose owner is neither superuser nor may make roles."""
    with connected(cluster.url("postgres")) as connection:
        connection.execute("CREATE ROLE plain LOGIN")
        connection.execute("CREATE DATABASE owned OWNER plain")
        try:
            yield make_url(cluster.url("owned")).set(username="plain").render_as_string()
        finally:
            connection.execute("DROP DATABASE owned WITH (FORCE)")
            connection.execute("DROP ROLE plain")


async def test_an_owner_without_privileges_is_told_what_is_lacking_and_then_serves(
    database_url: str, cluster: Cluster, plain_owner: str, surroundings: Surroundings
) -> None:
    with pytest.raises(RoleRefusedError, match=f"GRANT {ROLE}"):
        upgrade(plain_owner)
    with connected(cluster.url("postgres")) as connection:
        connection.execute(f"GRANT {ROLE} TO plain")
    upgrade(plain_owner)
    assert locked(plain_owner) == locked(database_url)
    database = open_database(plain_owner, surroundings, SERVICE)
    await database.write(put_pool, "m")
    assert await database.acting(Scope(Party.PERSON, "p", "m")).read(pools) == ["m"]
    assert await database.acting(Scope(Party.PERSON, "p", "n")).read(pools) == []
    await database.close()
    with connected(plain_owner) as connection:
        assert connection.execute("SELECT count(*) FROM guest_pools").fetchone() == (0,), "FORCE holds for the owner"
    await _serves_without_owning(cluster, plain_owner, surroundings)
    downgrade(plain_owner, "base")
    upgrade(plain_owner)
    assert is_current(plain_owner)


async def _serves_without_owning(cluster: Cluster, owned: str, surroundings: Surroundings) -> None:
    """A user that only belongs to the role serves as well, and has nothing to go back to."""
    with connected(cluster.url("postgres")) as connection:
        connection.execute(f"CREATE ROLE serving LOGIN IN ROLE {ROLE}")
    url = make_url(owned).set(username="serving").render_as_string()
    try:
        assert is_current(url)
        database = open_database(url, surroundings, SERVICE)
        assert await database.read(pools) == ["m"]
        await database.close()
        with connected(url) as connection:
            assert connection.execute("SELECT count(*) FROM guest_pools").fetchone() == (0,)
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute("ALTER TABLE guest_pools DISABLE ROW LEVEL SECURITY")
    finally:
        with connected(cluster.url("postgres")) as connection:
            connection.execute("DROP ROLE serving")


async def test_who_may_not_change_to_the_role_is_told_so(
    database_url: str, cluster: Cluster, plain_owner: str, surroundings: Surroundings
) -> None:
    outsider = make_url(database_url).set(username="plain").render_as_string()
    database = open_database(outsider, surroundings, SERVICE)
    with pytest.raises(RoleRefusedError, match=f"GRANT {ROLE}"):
        await database.read(pools)
    await database.close()
