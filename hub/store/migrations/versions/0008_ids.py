"""Raw records are found by their stream and id, not by a hash of it, whose index every page wrote all over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

GONE = sa.text("deleted_at IS NOT NULL")
NAMES = {"uq": "%(table_name)s_%(column_0_N_name)s_key"}
"""What PostgreSQL calls what is unique; SQLite has no names for it."""


def upgrade() -> None:
    op.drop_index("ix_raw_records_stream_id", table_name="raw_records")
    with op.batch_alter_table("raw_records", naming_convention=NAMES) as table:
        table.drop_constraint("raw_records_key_key", type_="unique")
        table.create_unique_constraint("raw_records_stream_id_source_id_key", ["stream_id", "source_id"])
    op.create_index("raw_records_gone", "raw_records", ["key"], sqlite_where=GONE, postgresql_where=GONE)


def downgrade() -> None:
    op.drop_index("raw_records_gone", table_name="raw_records")
    with op.batch_alter_table("raw_records", naming_convention=NAMES) as table:
        table.drop_constraint("raw_records_stream_id_source_id_key", type_="unique")
        table.create_unique_constraint("raw_records_key_key", ["key"])
    op.create_index("ix_raw_records_stream_id", "raw_records", ["stream_id"])
