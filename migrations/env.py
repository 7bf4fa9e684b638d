"""How Alembic meets our tables: alone or among a host's, on SQLite or PostgreSQL. `lms db upgrade` runs it."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context

import lms
import lms.mail.models  # noqa: F401
from lms.database import Model, UTCDateTime

# Two servers started at once must not both upgrade; any number will do, as long as nobody else locks it.
OUR_LOCK = 6_122_026


def ours(thing: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
    """Leave the host's tables alone."""
    return kind != "table" or (name or "").startswith("lms_")


def written(kind: str, thing: Any, autogen: Any) -> str | Literal[False]:
    """A migration must not depend on how we spell a type today."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(thing, UTCDateTime) else False


connection: sa.Connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Model.metadata,
    version_table="lms_schema",
    include_object=ours,
    render_item=written,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
with context.begin_transaction():
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:number)"), {"number": OUR_LOCK})
    context.run_migrations()
