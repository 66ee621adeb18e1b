"""A command for each table: shown, as JSON, or written to a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from hub.app.reports.catalogue import TITLES
from hub.faces.cli.out import answer, note, say, table
from hub.faces.cli.report.group import BY, question, report, target, told
from hub.faces.cli.session import Session, pass_session
from hub.faces.cli.taught import Command

__all__ = ["TABLES"]

EVERY = click.option(
    "--every", type=click.Choice(["day", "week", "month"]), default="month", show_default=True,
    help="How long a period is; weeks begin on Monday.",
)  # fmt: skip
OWN: Mapping[str, tuple[Any, ...]] = {
    "customers": (click.option("--by", type=BY, default="channel", show_default=True),),
    "assists": (click.option("--by", type=BY, default="channel", show_default=True),),
    "before": (click.option("--by", type=BY, default="channel", show_default=True),),
    "confidence": (
        click.option("--by", type=BY, default="channel", show_default=True),
        click.option("--draws", type=click.IntRange(10, 10_000), default=200, show_default=True,
                     help="How many samples of customers to draw."),
    ),
    "paths": (click.option("--top", type=click.IntRange(1, 10_000), default=20, show_default=True,
                           help="How many paths to show; the others are summed."),),
    "cohorts": (EVERY,),
    "trend": (EVERY, click.option("--by", type=BY, help="Each period by channel, source, campaign or content.")),
}  # fmt: skip
"""The options that are a table's own."""

MORE: Mapping[str, str] = {
    "overview": "With --from and --to, each figure stands beside that of as many days before.",
    "channels": "cpa is cost per conversion, roas value per cost, roi what is earned beyond the cost, per cost.",
    "contents": "content is utm_content; costs know none.",
    "customers": "New is who never bought before, in all time. cac is cost per conversion of a new customer.",
    "assists": "A channel assists a sale that it met before its last touch and did not close. "
    "Above 1, assisted / last says that a channel prepares sales rather than closing them.",
    "paths": "×2 is a touch repeated. days is the median from the first touch to the sale.",
    "cohorts": "Customers are counted in the period of their first touch ever; since says how many periods "
    "later they bought, and is negative where they bought first.",
    "before": "The period before has as many days and ends the day before --from.",
    "confidence": "Customers are drawn with replacement, and models that learn learn anew from each draw: nine in ten "
    "such figures lie between from and to. The same data gives the same intervals.",
    "effects": "Of the models markov-1 to markov-4: how much of all conversions, and of their value, the chain would not "
    "earn without a channel; its part is its effect per sum of all.",
    "quality": "Each row says how many of how many, and what they are worth.",
}
FEW: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("channels", "sources", "campaigns", "contents"), ("conversions", "value", "roas")),
    "customers": ("new_value", "returning_value", "cac"),
    "before": ("value", "value_before", "value_change"),
    "confidence": ("value", "value_low", "value_high"),
    "effects": ("effect", "part"),
    "trend": ("conversions", "value"),
}
"""What is shown of each of several models; files and JSON have everything."""


def _command(name: str) -> click.Command:
    @pass_session
    def run(session: Session, output: Path | None, lang: str, **words: Any) -> None:
        from hub.app.reports import Asked, made, write

        own = {key: words.pop(key) for key in ("every", "by", "top", "draws") if words.get(key) is not None}
        with session.hub() as hub:
            asking = hub.reports(question(**words))
            dated = asking.question.start is not None and asking.question.end is not None
            basis = asking.basis()
            earlier = asking.earlier() if name == "before" or (name == "overview" and dated) else None
            found = made(name, basis, Asked(**own), earlier)
        if output is not None:
            write(found, output, lang)
            _warn_of_boxes(output, lang)
            written = {"report": name, "file": str(output), "rows": len(found.frame)}
            answer(session, written, lambda: say(f"wrote {len(found.frame):,} rows to {output}"))
            return

        def show() -> None:
            heads, rows = found.texts(lang, FEW.get(name, ()))
            names = len([key for key in found.keys if key != "model"])
            table(heads, rows, right=heads[names:])
            for currency, count in basis.left_out.items():
                note(f"left out: {count:,} conversions in {currency} (see them with --currency {currency})")

        answer(session, {**found.plain(), "currency": basis.currency}, show)

    function: Any = told(
        target("Write it instead: csv, jsonl, parquet, xlsx, or a chart as png or svg.")(run)
    )
    for option in OWN.get(name, ()):
        function = option(function)
    line = TITLES[name][0]
    return Command(
        name, callback=function, params=list(reversed(function.__click_params__)), short_help=line,
        help=f"{line.replace('What', 'Show what', 1) if line.startswith('What') else line}\n\n{MORE.get(name, '')}",
        examples=[f"hub report {name}{EXAMPLES.get(name, ' --model linear')}"],
    )  # fmt: skip


def _warn_of_boxes(output: Path, lang: str) -> None:
    """Say so where a picture has boxes for its Chinese."""
    if lang != "zh" or output.suffix.lower() != ".png":
        return
    from hub.app.reports.charts import has_chinese_font

    if not has_chinese_font():
        note(
            "this machine has no font with Chinese, so the picture shows boxes\n"
            "  next step: install one (Debian: fonts-noto-cjk), or write .svg"
        )


EXAMPLES: Mapping[str, str] = {
    "overview": " --from 2025-04-01 --to 2025-06-30",
    "channels": " --model first,linear,markov-1 -o channels.xlsx",
    "customers": " --by campaign",
    "paths": " --top 10 --lang zh",
    "cohorts": " --every month -o cohorts.png",
    "trend": " --every week --by channel --json",
    "before": " --from 2025-04-01 --to 2025-05-31 --model markov-1",
    "confidence": " --model markov-1,shapley",
    "effects": " --model markov-1,markov-2",
}

TABLES = {name: _command(name) for name in TITLES}
"""Report to its command."""

for _one in TABLES.values():
    report.add_command(_one)
