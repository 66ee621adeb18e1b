"""What commands print: one answer on stdout, as text or as JSON, and messages on stderr.

Customers write their own names: nothing they wrote may steer a terminal, so control characters are
shown, not sent, and no text is read as markup.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from hub.errors import HubError
    from hub.faces.cli.session import Session

__all__ = [
    "Advance",
    "answer",
    "as_json",
    "as_plain",
    "ask",
    "clean",
    "count",
    "moment",
    "note",
    "progress",
    "say",
    "table",
]

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

Advance = Callable[[str, int, int | None], None]
"""Name, how many are done, of how many if that is known."""


def answer(session: Session, plain: Any, show: Callable[[], None]) -> None:
    """Print ``plain`` as JSON when that was asked for, else what ``show`` prints."""
    if session.json:
        click.echo(as_json(plain))
    else:
        show()


def as_json(plain: Any) -> str:
    """JSON as people can read it; ASCII only where stdout cannot take more."""
    wide = (sys.stdout.encoding or "").lower().startswith("utf")
    return json.dumps(plain, ensure_ascii=not wide, indent=2, default=_text)


def as_plain(error: HubError) -> dict[str, str]:
    """An error as JSON shows it."""
    return {
        "kind": error.kind, "what": error.what, "where": error.where, "cause": error.cause, "step": error.step,
    }  # fmt: skip


def say(text: str = "") -> None:
    """A line of the answer."""
    click.echo(clean(text))


def note(text: str) -> None:
    """A line beside the answer, for whoever watches."""
    click.echo(clean(text), err=True)


def clean(value: Any) -> str:
    """Text as it may be shown: control characters and those that turn the reading direction made visible."""
    return CONTROL.sub("\ufffd", "" if value is None else str(value))


def count(number: int, noun: str) -> str:
    """``1 record``, ``2,000 records``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def moment(text: str | None) -> str:
    """An ISO moment to the second, as a list shows it."""
    return "" if not text else text[:19].replace("T", " ")


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]], *, right: Sequence[str] = ()) -> None:
    """Rows under their columns: framed on a terminal, plain and unwrapped into a pipe."""
    texts = [[_cell(cell) for cell in row] for row in rows]
    if sys.stdout.isatty():
        _framed(columns, texts, right)
        return
    from rich.cells import cell_len

    widths = [max(map(cell_len, column)) for column in zip(columns, *texts, strict=True)]
    for row in (columns, *texts):
        cells = [
            " " * (width - cell_len(cell)) + cell if name in right else cell + " " * (width - cell_len(cell))
            for name, cell, width in zip(columns, row, widths, strict=True)
        ]
        click.echo("  ".join(cells).rstrip())


@contextmanager
def progress(unit: str) -> Iterator[Advance]:
    """Shows how far long work is, on stderr when that is a terminal; else says nothing."""
    if not sys.stderr.isatty():
        yield lambda name, done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn
    from rich.text import Text

    class Done(ProgressColumn):
        """How many, of how many if that is known, and how fast."""

        def render(self, task: Task) -> Text:
            of = f" of {task.total:,.0f}" if task.total else ""
            rate = f", {task.speed:,.0f}/s" if task.speed else ""
            return Text(f"{task.completed:,.0f}{of} {unit}{rate}")

    columns = (TextColumn("{task.description}", markup=False), BarColumn(24), Done(), TimeElapsedColumn())
    # an answer printed meanwhile goes above the bar, but never into it when it goes into a pipe
    told = {"console": Console(stderr=True), "transient": True, "redirect_stdout": sys.stdout.isatty()}
    with Progress(*columns, **told) as bar:
        tasks: dict[str, Any] = {}

        def advance(name: str, done: int, total: int | None) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(clean(name), total=total)
            bar.update(tasks[name], completed=done, total=total)

        yield advance


def ask(question: str, *, default: bool = False) -> bool:
    """Ask whoever sits at the terminal; without one, whoever called wants it done."""
    if not sys.stdin.isatty():
        return True
    return click.confirm(question, default=default, err=True)


def _framed(columns: Sequence[str], texts: Sequence[Sequence[str]], right: Sequence[str]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        grid.add_column(Text(name), justify="right" if name in right else "left", overflow="fold")
    for row in texts:
        grid.add_row(*map(Text, row))
    Console().print(grid)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.2f}"
    if isinstance(value, int):
        return f"{value:,}"
    return " ".join(clean(value).split())


def _text(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, tuple | set | frozenset):
        return list(value)
    return str(value)
