"""Lines up rows for people: with colour on a terminal, as plain text elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from io import StringIO

__all__ = ["table"]

WIDTH = 120


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, last_is_sum: bool = False) -> str:
    """The rows under their columns; a column named ``>NAME`` is set to the right. The first is never wrapped."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    made = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold cyan")
    for place, name in enumerate(columns):
        is_number = name.startswith(">")
        made.add_column(
            name.removeprefix(">"), justify="right" if is_number else "left", no_wrap=is_number or not place
        )
    listed = list(rows)
    for place, row in enumerate(listed, start=1):
        is_sum = last_is_sum and place == len(listed)
        made.add_row(*(_plain(cell) for cell in row), style="bold" if is_sum else "")
    text = StringIO()
    out = Console(file=text, width=WIDTH, force_terminal=sys.stdout.isatty(), highlight=False, emoji=False)
    out.print(made)
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines() if line.strip())


def _plain(cell: str) -> str:
    from rich.markup import escape

    return escape(cell)
