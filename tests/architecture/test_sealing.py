"""Every sealed column says under whose key it stands: else rotation would pass it by, and erasure leave it behind."""

import pytest
from sqlalchemy import LargeBinary

import migrations.tables
from foundation.sealing.columns import sealed_columns
from tests.architecture.sources import rooms

NOT_SEALED = ("digest", "hash")
"""What the names of columns end in that hold bytes, but no sealed value."""
OTHERS = {
    "data_keys.wrapped": "the data keys themselves, wrapped by the master key",
    "passphrase_keys.salt": "a salt is no secret",
    "known_places.place": "a keyed digest",
    "machine_clients.secret": "a digest",
    "machine_clients.former_secret": "a digest",
    "oidc_attempts.state": "a keyed digest",
    "oidc_attempts.browser": "a keyed digest",
    "passkeys.credential_id": "named by the browser in plain",
    "passkeys.public_key": "public",
    "passkey_challenges.challenge": "random, for one signature within minutes",
}


@pytest.mark.asvs("14.1.1", "14.1.2")
def test_every_sealed_column_is_declared_or_exempt() -> None:
    declared = {f"{each.table.name}.{each.column.name}" for each in sealed_columns()}
    binary = {
        f"{table.name}.{column.name}"
        for table in migrations.tables.METADATA.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary) and not column.name.endswith(NOT_SEALED)
    }
    assert not binary - declared - set(OTHERS), "sealed? then say so: mapped_column(info=sealed_under(…))"
    assert not set(OTHERS) - binary, "exempt, but gone"


def test_the_places_come_in_their_order() -> None:
    places = [each.place for each in sealed_columns()]
    assert places == sorted(places), "a rewriting would begin anew for ever"


def test_what_is_declared_exists() -> None:
    for each in sealed_columns():
        named = [each.under.owner, *([each.under.digest] if each.under.digest else [])]
        assert not set(named) - set(each.table.columns.keys()), each.place
        if each.under.through:
            table, _, column = each.under.through.partition(".")
            assert column in migrations.tables.METADATA.tables[table].columns, each.place


def test_a_places_name_is_what_the_code_seals_under() -> None:
    sources = "\n".join(source.path.read_text(encoding="utf-8") for source in rooms())
    assert not [each.place for each in sealed_columns() if f'"{each.place}"' not in sources]
