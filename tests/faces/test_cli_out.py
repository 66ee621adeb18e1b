"""How answers look: plain into a pipe, framed on a terminal, silent progress where nobody watches."""

from __future__ import annotations

import io
import json

import pytest

from hub.faces.cli import out


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"  # type: ignore[assignment]

    def isatty(self):
        return True


def test_a_table_in_a_pipe_is_aligned_by_what_is_seen(capsys):
    out.table(("name", "n"), [("李雷", 1200), ("Ann\nLee", None)], right=("n",))
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["name         n", "李雷     1,200", "Ann Lee"]


def test_a_table_on_a_terminal_is_framed_and_reads_no_markup(monkeypatch):
    screen = Terminal()
    monkeypatch.setattr("sys.stdout", screen)
    monkeypatch.setenv("TERM", "xterm")
    out.table(("name", "rate"), [("[red]Ann[/red]\x1b[2J", 0.5)], right=("rate",))
    shown = screen.getvalue()
    assert "[red]Ann[/red]" in shown
    assert "\x1b[2J" not in shown
    assert "─" in shown


def test_a_table_without_rows_still_has_its_head(capsys):
    out.table(("name", "n"), [])
    assert capsys.readouterr().out == "name  n\n"


def test_progress_is_shown_on_a_terminal_and_nowhere_else(monkeypatch, capsys):
    with out.progress("records") as advance:
        advance("crm", 10, None)
    assert capsys.readouterr() == ("", "")
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    with out.progress("records") as advance:
        advance("crm", 10, None)
        advance("crm", 1_234, 2_000)
    assert "1,234 of 2,000 records" in screen.getvalue()
    assert capsys.readouterr().out == ""


def test_without_a_terminal_whoever_called_wants_it_done(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert out.ask("sure?") is True


@pytest.mark.parametrize("text", ["\x1b[31m", "\x07", "\x9b2J", "\u202egpj", "\r"])
def test_control_characters_are_made_visible(text):
    assert text[0] not in out.clean(f"a{text}b")


def test_json_is_readable_where_it_can_be_and_always_parses(monkeypatch):
    monkeypatch.setattr("sys.stdout", Terminal())
    assert "李雷" in out.as_json({"name": "李雷"})
    narrow = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr("sys.stdout", narrow)
    assert json.loads(out.as_json({"name": "李雷", "odd": (1, 2)}).encode("ascii")) == {
        "name": "李雷",
        "odd": [1, 2],
    }


def test_an_answer_printed_beside_the_progress_still_goes_into_the_pipe(monkeypatch, capsys):
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    with out.progress("records") as advance:
        advance("crm", 10, None)
        out.say("an answer")
    assert capsys.readouterr().out == "an answer\n"
    assert "an answer" not in screen.getvalue()
