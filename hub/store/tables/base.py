"""What every table is made of."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, MetaData, Text

__all__ = ["Id", "column", "metadata"]

metadata = MetaData()
# SQLite only makes INTEGER PRIMARY KEY the row's own address; any other key is an index beside the rows, or,
# without addresses, one that has the rows in it, of which few are on a page when they are long.
Id = BigInteger().with_variant(Integer, "sqlite")


def column(name: str, kind: type[Text] | type[BigInteger] | type[Integer] = Text) -> Column[object]:
    """A column that is never null: unknown is empty text or zero."""
    return Column(name, kind, nullable=False, server_default="" if kind is Text else "0")
