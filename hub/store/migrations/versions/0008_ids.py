"""Raw records are found by their stream and id, not by a hash of it, whose index every page wrote all over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

GONE = sa.text("deleted_at IS NOT NULL")


def upgrade() -> None:
    op.drop_index("ix_raw_records_stream_id", table_name="raw_records")
    _name_by(["key"], ["stream_id", "source_id"])
    op.create_index("raw_records_gone", "raw_records", ["key"], sqlite_where=GONE, postgresql_where=GONE)


def downgrade() -> None:
    op.drop_index("raw_records_gone", table_name="raw_records")
    _name_by(["stream_id", "source_id"], ["key"])
    op.create_index("ix_raw_records_stream_id", "raw_records", ["stream_id"])


def _name_by(before: list[str], after: list[str]) -> None:
    """Have other columns be unique together: on PostgreSQL in place, on SQLite in a table written anew."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        op.drop_constraint(f"raw_records_{'_'.join(before)}_key", "raw_records", type_="unique")
        op.create_unique_constraint(f"raw_records_{'_'.join(after)}_key", "raw_records", after)
        return
    old = sa.Table("raw_records", sa.MetaData(), autoload_with=connection, resolve_fks=False)
    op.rename_table("raw_records", "old_rows")
    columns = [
        sa.Column(
            one.name,
            one.type,
            server_default=one.server_default,
            nullable=one.nullable,
            autoincrement=False if one.primary_key else "auto",
        )
        for one in old.columns
    ]
    op.create_table(
        "raw_records",
        *columns,
        sa.ForeignKeyConstraint(["stream_id"], ["streams.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint(*after),
    )
    op.execute("INSERT INTO raw_records SELECT * FROM old_rows ORDER BY id")
    op.drop_table("old_rows")
