"""Bringing a database to the newest revision."""

from migrations.tables import METADATA
from sqlalchemy import create_engine

def upgrade(url: str) -> None:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    METADATA.create_all(engine)
    engine.dispose()
