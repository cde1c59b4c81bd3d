"""Row-level security (PostgreSQL): the second lock on what is secret of one member or person (ADR 0008)

Every transaction of the service changes to the role `yuimaru_app`, which owns nothing, and says who acts. `own` below
is what the actor's member or person owns; the rest is said table by table. SQLite has no row-level security.
"""

from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa
from alembic import op

from foundation.database.scope import RoleRefusedError

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ROLE = "yuimaru_app"
REFUSED = "42501"
PARTY = "current_setting('yuimaru.party', true)"
PERSON = "current_setting('yuimaru.person', true)"
MEMBER = "current_setting('yuimaru.member', true)"
TODAY = "nullif(current_setting('yuimaru.today', true), '')::date"
NOW = "nullif(current_setting('yuimaru.now', true), '')::timestamptz"
IS_SERVICE = f"{PARTY} = 'service'"
IS_OPERATOR = f"{PARTY} = 'operator'"
IS_SOMEBODY = f"{PARTY} IN ('service', 'operator', 'person')"
NOT_OTHERS = f"({PARTY} = 'service' OR member_id = {MEMBER})"

# A function runs with its owner's rights, for whom row-level security holds as well (FORCE): it may read on behalf of
# the role, the owner's own connection may not.
WITHIN_A_FUNCTION = f"current_user <> '{ROLE}' AND current_setting('role', true) = '{ROLE}'"

# PL/pgSQL keeps the plan for the next call; SQL would plan anew each time.
RUN = "ROWS 50 LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$"


def _consents(part: str) -> str:
    """Tell whether a part is signed by the member itself or an operator, or by who may speak for it so far."""
    return f"""(
        {part}.status = 'signed' AND (
            {part}.signed_by IS NULL OR {part}.signed_by = {part}.member_id
            OR EXISTS (SELECT FROM members member
                WHERE member.id = {part}.member_id AND member.introduced_by = {part}.signed_by)
            OR NOT EXISTS (SELECT FROM people known WHERE known.member_id = {part}.member_id)
            AND NOT EXISTS (SELECT FROM desks known WHERE known.member_id = {part}.member_id)))"""


READABLE = f"""
CREATE FUNCTION yuimaru_readable_inventories(under_nda boolean) RETURNS SETOF text {RUN}
BEGIN
    RETURN QUERY SELECT other.member_id::text
    FROM people person
    JOIN contacts designation ON designation.person_id = person.id AND designation.member_id = person.member_id
    JOIN groups agreement ON agreement.id = designation.group_id AND agreement.status = 'in_force'
    JOIN group_members own
        ON own.group_id = agreement.id AND own.member_id = person.member_id AND {_consents("own")}
    JOIN group_members other ON other.group_id = agreement.id AND {_consents("other")}
    WHERE person.id = {PERSON} AND person.is_active
        AND NOT EXISTS (
            SELECT FROM inventory_sharing shut
            WHERE shut.group_id = agreement.id AND shut.member_id = other.member_id AND NOT shut.is_shared
        )
        AND (NOT under_nda OR EXISTS (
            SELECT FROM ndas nda
            WHERE nda.person_id = person.id AND nda.group_id = agreement.id AND nda.member_id = person.member_id
                AND nda.revoked_at IS NULL AND {TODAY} BETWEEN nda.starts_on AND nda.ends_on
        ));
    RETURN QUERY SELECT given.owner_id::text FROM reading_grants given
    WHERE under_nda AND given.person_id = {PERSON} AND given.member_id = {MEMBER}
        AND given.ended_at IS NULL AND given.starts_at <= {NOW} AND {NOW} < given.until_at;
END $$
"""
RECEIVED_GUESTS = f"""
CREATE FUNCTION yuimaru_received_guests() RETURNS SETOF text {RUN}
BEGIN
    RETURN QUERY SELECT meant.guest_id::text FROM guest_uses meant WHERE meant.member_id = {MEMBER};
END $$
"""
RECEIVED_POOLS = f"""
CREATE FUNCTION yuimaru_received_pools() RETURNS SETOF text {RUN}
BEGIN
    RETURN QUERY
        SELECT guest.pool_id::text FROM guest_uses meant JOIN guest_ids guest ON guest.id = meant.guest_id
        WHERE meant.member_id = {MEMBER};
END $$
"""
FUNCTIONS: Mapping[str, str] = {
    "yuimaru_readable_inventories(boolean)": READABLE,
    "yuimaru_received_guests()": RECEIVED_GUESTS,
    "yuimaru_received_pools()": RECEIVED_POOLS,
}

OF_OWN_RECORD = f"""({IS_SERVICE} OR EXISTS (
    SELECT FROM inventory_records record WHERE record.id = record_id AND record.member_id = {MEMBER}))"""
OF_VISIBLE_RECORD = f"({IS_SERVICE} OR EXISTS (SELECT FROM inventory_records record WHERE record.id = record_id))"
OF_OWN_POOL = f"""({IS_SERVICE} OR EXISTS (
    SELECT FROM guest_pools pool WHERE pool.id = pool_id AND pool.member_id = {MEMBER}))"""
OF_OWN_GUEST = f"""({IS_SERVICE} OR EXISTS (
    SELECT FROM guest_ids guest JOIN guest_pools pool ON pool.id = guest.pool_id
    WHERE guest.id = guest_id AND pool.member_id = {MEMBER}))"""
OF_OWN_SHEET = f"""({IS_SERVICE} OR EXISTS (
    SELECT FROM self_checks sheet WHERE sheet.id = sheet_id AND sheet.member_id = {MEMBER}))"""
OF_OWN_CYCLE = f"""({IS_SERVICE} OR EXISTS (
    SELECT FROM security_cycles cycle WHERE cycle.id = cycle_id AND cycle.member_id = {MEMBER}))"""
# The coordinator sees what is done and when; what was found and answered it doesn't.
IS_COORDINATED = f"""({NOT_OTHERS} OR member_id IN (
    SELECT part.member_id FROM group_members part JOIN groups agreement ON agreement.id = part.group_id
    WHERE agreement.coordinator_id = {MEMBER}))"""
OF_VISIBLE_CYCLE = f"({IS_SERVICE} OR EXISTS (SELECT FROM security_cycles cycle WHERE cycle.id = cycle_id))"
IS_READABLE = f"""({NOT_OTHERS} OR NOT is_withheld AND NOT is_retired AND (
    member_id::text IN (SELECT yuimaru_readable_inventories(true))
    OR kind = 'equipment' AND member_id::text IN (SELECT yuimaru_readable_inventories(false))))"""
IN_OWN_GROUP = f"""(
    {PARTY} IN ('service', 'operator') OR person_id = {PERSON} OR member_id = {MEMBER} OR group_id IN (
    SELECT part.group_id FROM group_members part WHERE part.member_id = {MEMBER}))"""
OF_ONESELF = f"({IS_SERVICE} OR person_id = {PERSON})"
BY_OPERATOR = f"({PARTY} IN ('service', 'operator') OR member_id = {MEMBER})"
OF_OWN_ATTACHMENT = f"""({IS_SERVICE} OR EXISTS (
    SELECT FROM attachments attachment WHERE attachment.id = attachment_id AND attachment.member_id = {MEMBER}))"""
OF_VISIBLE_ATTACHMENT = f"""({IS_SERVICE} OR EXISTS (
    SELECT FROM attachments attachment WHERE attachment.id = attachment_id))"""
OF_VISIBLE_VERSION = f"""({IS_SERVICE} OR EXISTS (
    SELECT FROM attachment_versions version WHERE version.id = version_id))"""
IS_ATTACHED_VISIBLY = f"""({NOT_OTHERS} OR disclosure = 'nda' AND retired_at IS NULL
    AND member_id::text IN (SELECT yuimaru_readable_inventories(true))
    AND EXISTS (SELECT FROM inventory_records record WHERE record.id = record_id))"""
OF_VISIBLE_NDA = f"({IS_SERVICE} OR EXISTS (SELECT FROM ndas nda WHERE nda.id = nda_id))"
OF_OWN_PROVIDER = f"""({PARTY} IN ('service', 'operator') OR EXISTS (
    SELECT FROM identity_providers provider WHERE provider.id = provider_id AND provider.member_id = {MEMBER}))"""
OF_OWN_CLIENT = f"""({IS_SERVICE} OR EXISTS (
    SELECT FROM machine_clients client WHERE client.id = client_id AND client.member_id = {MEMBER}))"""

# PostgreSQL joins policies by OR, those for one act first: what is the cheapest to tell stands first in each.
# By table: the name of the policy, what it is for, which rows there are (USING), which may be written (WITH CHECK).
Policy = tuple[str, str, str | None, str | None]
POLICIES: Mapping[str, Sequence[Policy]] = {
    "inventory_records": [("own", "ALL", NOT_OTHERS, None), ("readable", "SELECT", IS_READABLE, None)],
    "inventory_revisions": [
        ("own", "ALL", OF_OWN_RECORD, None),
        # With the whole history: which one stood at an instant is told by all of them, also by those withheld.
        ("readable", "SELECT", OF_VISIBLE_RECORD, None),
    ],
    "inventory_facets": [("own", "ALL", NOT_OTHERS, None)],
    # A reader is told what is shut by asking: hidden, it would count as open.
    "inventory_sharing": [("own", "ALL", NOT_OTHERS, None), ("said", "SELECT", f"({IS_SOMEBODY})", None)],
    "guest_pools": [
        ("own", "ALL", NOT_OTHERS, None),
        ("received", "SELECT", f"({NOT_OTHERS} OR id::text IN (SELECT yuimaru_received_pools()))", None),
    ],
    "guest_ids": [
        ("own", "ALL", OF_OWN_POOL, None),
        ("received", "SELECT", f"({OF_OWN_POOL} OR id::text IN (SELECT yuimaru_received_guests()))", None),
        # Locked by who receives it, written by its owner alone.
        ("locked", "UPDATE", f"({OF_OWN_POOL} OR id::text IN (SELECT yuimaru_received_guests()))", "(false)"),
    ],
    "guest_uses": [
        ("own", "ALL", OF_OWN_GUEST, None),
        ("received", "SELECT", NOT_OTHERS, None),
        ("confirmed", "UPDATE", NOT_OTHERS, None),
    ],
    "security_policies": [("own", "ALL", NOT_OTHERS, None), ("coordinated", "SELECT", IS_COORDINATED, None)],
    "policy_readings": [("own", "ALL", NOT_OTHERS, None)],
    "self_checks": [("own", "ALL", NOT_OTHERS, None), ("coordinated", "SELECT", IS_COORDINATED, None)],
    "self_check_answers": [("own", "ALL", OF_OWN_SHEET, None)],
    "security_cycles": [("own", "ALL", NOT_OTHERS, None), ("coordinated", "SELECT", IS_COORDINATED, None)],
    "security_cycle_trainings": [
        ("own", "ALL", OF_OWN_CYCLE, None),
        ("coordinated", "SELECT", OF_VISIBLE_CYCLE, None),
    ],
    "security_findings": [("own", "ALL", NOT_OTHERS, None)],
    "ndas": [("bound", "ALL", IN_OWN_GROUP, None)],
    "nda_scans": [("bound", "ALL", OF_VISIBLE_NDA, None)],
    "attachments": [("own", "ALL", NOT_OTHERS, None), ("readable", "SELECT", IS_ATTACHED_VISIBLY, None)],
    "attachment_versions": [
        ("own", "ALL", OF_OWN_ATTACHMENT, None),
        ("readable", "SELECT", OF_VISIBLE_ATTACHMENT, None),
    ],
    "attachment_contents": [
        ("own", "ALL", NOT_OTHERS, None),
        ("readable", "SELECT", f"({NOT_OTHERS} OR {OF_VISIBLE_VERSION})", None),
    ],
    # What is shut is told by asking, as with the sharing.
    "emergency_permissions": [("own", "ALL", NOT_OTHERS, None), ("said", "SELECT", f"({IS_SOMEBODY})", None)],
    "identity_providers": [("own", "ALL", BY_OPERATOR, None)],
    "provider_domains": [("own", "ALL", OF_OWN_PROVIDER, None)],
    "directory_links": [("own", "ALL", BY_OPERATOR, None)],
    "oidc_attempts": [("own", "ALL", OF_OWN_PROVIDER, None)],
    "machine_clients": [("own", "ALL", NOT_OTHERS, None)],
    "client_tokens": [("own", "ALL", OF_OWN_CLIENT, None)],
    "member_directories": [("own", "ALL", NOT_OTHERS, None)],
    "directory_tasks": [("own", "ALL", NOT_OTHERS, None)],
    "directory_tokens": [("own", "ALL", NOT_OTHERS, None)],
    # Everybody adds to the chains of whom an act concerns; rows are neither changed nor deleted.
    "audit": [
        ("own", "SELECT", f"({IS_SERVICE} OR chain = {MEMBER} OR {IS_OPERATOR} AND chain = 'service')", None),
        ("added", "INSERT", None, f"({IS_SOMEBODY})"),
    ],
    "audit_anchors": [("service", "ALL", f"({IS_SERVICE})", None)],
    "audit_anchored_heads": [("service", "ALL", f"({IS_SERVICE})", None)],
    "passwords": [("oneself", "ALL", OF_ONESELF, None)],
    "totp_secrets": [("oneself", "ALL", OF_ONESELF, None)],
    "printed_codes": [("oneself", "ALL", OF_ONESELF, None)],
    "passkeys": [("oneself", "ALL", OF_ONESELF, None)],
}


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    _ensure_role(op.get_bind())
    for statement in (*_rights(), *_functions(), *_locks()):
        op.execute(statement)


def downgrade() -> None:
    """Take back locks and rights; the role stays, for other databases of the cluster may serve by it."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, policies in POLICIES.items():
        for name, *_ in policies:
            op.execute(f"DROP POLICY {name} ON {table}")
        op.execute(f"DROP POLICY function ON {table}")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
    schema = _schema()
    op.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} REVOKE ALL ON TABLES FROM {ROLE}")
    op.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {ROLE}")
    op.execute(f"REVOKE USAGE ON SCHEMA {schema} FROM {ROLE}")


def _ensure_role(connection: sa.Connection) -> None:
    """Make the role and become a member of it, as far as that is still to be done. Raises RoleRefusedError.

    The role belongs to the cluster: another database's migration may be making it at this moment.
    """
    try:
        connection.execute(
            sa.text(f"""
            DO $$ BEGIN
                IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN
                    CREATE ROLE {ROLE} NOLOGIN;
                END IF;
            EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
            END $$""")
        )
        connection.execute(
            sa.text(f"""
            DO $$ BEGIN
                IF NOT pg_has_role(current_user, '{ROLE}', 'MEMBER') THEN
                    EXECUTE format('GRANT {ROLE} TO %I', current_user);
                END IF;
            END $$""")
        )
    except sa.exc.ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) == REFUSED:
            raise RoleRefusedError from error
        raise


def _rights() -> Iterator[str]:
    """Yield what the role may do at all, with the tables to come."""
    schema, acts = _schema(), "SELECT, INSERT, UPDATE, DELETE"
    yield f"GRANT USAGE ON SCHEMA {schema} TO {ROLE}"
    yield f"GRANT {acts} ON ALL TABLES IN SCHEMA {schema} TO {ROLE}"
    yield f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT {acts} ON TABLES TO {ROLE}"
    yield f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {ROLE}"
    yield f"REVOKE UPDATE, DELETE ON audit FROM {ROLE}"


def _functions() -> Iterator[str]:
    for name, body in FUNCTIONS.items():
        yield body
        # Nobody's temporary table may stand in for one of ours.
        yield f"ALTER FUNCTION {name} SET search_path = {_schema()}, pg_temp"


def _locks() -> Iterator[str]:
    for table, policies in POLICIES.items():
        yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"
        yield f"CREATE POLICY function ON {table} FOR SELECT USING ({WITHIN_A_FUNCTION})"
        for name, act, using, check in policies:
            rows = f" USING {using}" if using else ""
            written = f" WITH CHECK {check}" if check else ""
            yield f"CREATE POLICY {name} ON {table} FOR {act} TO {ROLE}{rows}{written}"


def _schema() -> str:
    name = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    assert isinstance(name, str)
    return name
