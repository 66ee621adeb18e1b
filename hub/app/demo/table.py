"""Lines up rows for people, as plain text: what a terminal may show is for the face to decide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import StringIO

__all__ = ["table"]

WIDTH = 120


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The rows under their columns; a column named ``>NAME`` is set to the right. The first is never wrapped."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    made = Table(box=SIMPLE_HEAD, pad_edge=False)
    for place, name in enumerate(columns):
        is_number = name.startswith(">")
        made.add_column(
            name.removeprefix(">"), justify="right" if is_number else "left", no_wrap=is_number or not place
        )
    for row in rows:
        made.add_row(*(escape(cell) for cell in row))
    text = StringIO()
    out = Console(
        file=text, width=WIDTH, color_system=None, force_terminal=False, highlight=False, emoji=False
    )
    out.print(made)
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines() if line.strip())
