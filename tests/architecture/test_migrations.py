"""One history of tables, the same on both engines, that can be walked in both directions."""

import ast

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, make_url

from migrations.tables import METADATA
from migrations.upgrading import check, downgrade, is_current, newest, upgrade
from tests.architecture.sources import ROOT, dotted, rooms


def test_there_is_one_head() -> None:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    assert ScriptDirectory.from_config(config).get_heads() == [newest()]


def test_every_table_is_known_to_the_migrations() -> None:
    declared = {
        node.value.value
        for source in rooms()
        for node in source.nodes
        if isinstance(node, ast.Assign) and dotted(node.targets[0]) == "__tablename__"
        if isinstance(node.value, ast.Constant)
    }
    assert declared == set(METADATA.tables)


def test_tables_and_revisions_agree(database_url: str) -> None:
    check(database_url)


def test_revisions_go_down_and_up_again(database_url: str) -> None:
    downgrade(database_url, "base")
    assert _tables(database_url) == {"alembic_version"}
    assert not is_current(database_url)
    upgrade(database_url)
    assert is_current(database_url)
    check(database_url)


def _tables(url: str) -> set[str]:
    parsed = make_url(url)
    driver = "postgresql+psycopg" if parsed.get_backend_name() == "postgresql" else "sqlite"
    engine = create_engine(parsed.set(drivername=driver))
    try:
        return set(inspect(engine).get_table_names())
    finally:
        engine.dispose()
