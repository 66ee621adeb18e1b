"""On SQLite, rows that are long or many under their own key instead of an address or an index."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KEYS = {
    "source_records": "record",
    "unmatched": "record",
    "customers": "cluster",
    "interactions": "raw_id",
    "orders": "raw_id",
    "spend": "raw_id",
}
"""The key of each table."""
INSIDE = ("source_records", "unmatched", "customers")
"""Tables that were their key's index before."""


def upgrade() -> None:
    for name in KEYS:
        _rewrite(name, sa.Integer())


def downgrade() -> None:
    for name in KEYS:
        _rewrite(name, sa.BigInteger(), sqlite_with_rowid=name not in INSIDE)


def _rewrite(name: str, kind: sa.types.TypeEngine[int], **options: Any) -> None:
    """Move all rows to a table whose key is of another kind; PostgreSQL has but one."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    old = sa.Table(name, sa.MetaData(), autoload_with=connection)
    indexes = [(index.name, [column.name for column in index.columns]) for index in old.indexes]
    for index, _ in indexes:
        op.drop_index(str(index), table_name=name)
    op.rename_table(name, "old_rows")
    key = KEYS[name]
    columns = [
        sa.Column(
            one.name,
            kind if one.name == key else one.type,
            server_default=one.server_default,
            nullable=one.nullable,
        )
        for one in old.columns
    ]
    op.create_table(name, *columns, sa.PrimaryKeyConstraint(key), **options)
    op.execute(f"INSERT INTO {name} SELECT * FROM old_rows ORDER BY {key}")
    op.drop_table("old_rows")
    for index, its in indexes:
        op.create_index(str(index), name, its, unique=False)
