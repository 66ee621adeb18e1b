"""Reports which channels bring and earn customers: touches, conversions and spend to credit."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from hub.app.clock import as_micros
from hub.core.channels import Rule, origins
from hub.core.model import AttributionModel
from hub.errors import ConfigError
from hub.store.history import conversion_rows, interaction_kinds, spend_rows, touch_rows
from hub.store.session import Store, Transaction

if TYPE_CHECKING:
    import polars as pl

    from hub.core.attribution import Report

__all__ = ["Question", "Rules", "attribute", "chosen", "credits", "frames", "informed", "lookback_us"]

NOT_SOLD = ("cancelled", "canceled", "draft", "quotation", "void")
"""Order statuses, in any case, that earn nothing."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a marketer asks for."""

    models: tuple[str, ...] = ("last-non-direct",)
    by: str = "channel"
    conversion: str = "order"
    lookback: str = "90d"
    start: date | None = None
    end: date | None = None
    """The last day, included."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides channels and money, from the configuration."""

    currency: str
    timezone: str
    channels: Sequence[Rule] = ()
    own_hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Frames:
    """The columns a report is made from."""

    touches: pl.DataFrame
    conversions: pl.DataFrame
    spend: pl.DataFrame
    converted: pl.Series
    """Customers who ever converted, whatever the dates."""
    stages: pl.DataFrame
    """Interactions that mark a stage of a sale: customer, at, kind."""


def attribute(
    store: Store, question: Question, rules: Rules, models: Mapping[str, AttributionModel]
) -> tuple[Report, pl.DataFrame]:
    """The report, and the journeys it rests on."""
    from hub.core.attribution import report

    used = chosen(question.models, models)
    with store.read() as tx:
        found = frames(tx, question, rules)
    paths = walked(found, question)
    used = informed(used, found, question, rules)
    told = report(paths, found.conversions, found.spend, used, currency=rules.currency, by=question.by)
    return told, paths


def credits(
    tx: Transaction,
    question: Question,
    rules: Rules,
    models: Mapping[str, AttributionModel],
    customers: Collection[int] | None = None,
) -> pl.DataFrame:
    """One row for each model, conversion and touch with its ``share`` and ``credit`` in micro-units.

    Of all customers, or of those whose clusters are named. A conversion no touch led to has one row
    without a touch, in the channel ``(none)``, so that the credit of every conversion sums to its value.
    A model that learns always learns from all.
    """
    import polars as pl

    from hub.core.attribution import NONE, Learner, credit
    from hub.core.timeline import unattributed

    used = chosen(question.models, models)
    learns = any(isinstance(model, Learner) for model in used.values())
    found = frames(tx, question, rules, None if learns else customers)
    used = informed(used, found, question, rules)
    paths = walked(found, question)
    alone = unattributed(found.conversions, paths).select(
        "conversion", "customer", pl.lit(None, pl.Int64).alias("touch"), pl.col("at").alias("conversion_at"),
        pl.lit(NONE).alias("channel"), "value", "currency", pl.lit(1.0).alias("share"),
        pl.col("value").alias("credit"),
    )  # fmt: skip
    told = pl.concat(
        part.with_columns(model=pl.lit(name)).select("model", *_CREDITS)
        for name, model in used.items()
        for part in (credit(paths, model), alone)
    )
    return told if customers is None else told.filter(pl.col("customer").is_in(list(customers)))


_CREDITS = (
    "conversion", "customer", "touch", "conversion_at", "channel", "value", "currency", "share", "credit",
)  # fmt: skip


def walked(found: Frames, question: Question) -> pl.DataFrame:
    """The journeys of the conversions, as the question wants them, and when they reached their stages."""
    from hub.core.attribution import with_stages
    from hub.core.timeline import journeys

    paths = journeys(found.touches, found.conversions, lookback_us=lookback_us(question.lookback))
    return with_stages(paths, found.stages)


def informed(
    models: Mapping[str, AttributionModel], found: Frames, question: Question, rules: Rules
) -> dict[str, AttributionModel]:
    """The models; those that learn are told of the customers who never converted."""
    import polars as pl

    from hub.core.attribution import Learner, nulls

    learners = {name: model for name, model in models.items() if isinstance(model, Learner)}
    if not learners:
        return dict(models)
    window = lookback_us(question.lookback)
    first, last = _days(question, rules.timezone)
    began = pl.lit(True) if question.start is None or window is None else pl.col("at") >= first - window
    lost = nulls(found.touches.filter(began, pl.col("at") < last), found.converted, lookback_us=window)
    return {**models, **{name: model.knowing(lost) for name, model in learners.items()}}


def frames(
    tx: Transaction, question: Question, rules: Rules, customers: Collection[int] | None = None
) -> Frames:
    """Touches with their channels, the conversions asked for, and what was spent between the dates.

    Of all customers, or of those whose clusters are named; conversions of nobody are then left out.
    """
    import polars as pl

    from hub.core.attribution import DEAL_KINDS, LEAD_KINDS
    from hub.core.timeline import CONVERSIONS

    kinds = interaction_kinds(tx)
    if question.conversion != "order" and question.conversion not in kinds:
        raise ConfigError(
            f"no interaction is of the kind {question.conversion!r}",
            where="--conversion",
            step=f"choose one of {', '.join(['order', *kinds])}",
        )
    touches = _frame(*touch_rows(tx, customers))
    conversions = _frame(*conversion_rows(tx, question.conversion, customers))
    spend = _frame(*spend_rows(tx))
    stages = touches.select("customer", "at", "kind").filter(pl.col("kind").is_in(LEAD_KINDS + DEAL_KINDS))
    touches = touches.filter(~pl.col("kind").is_in(DEAL_KINDS))
    if question.conversion != "order":
        # a lead form converts; it is not also the touch that led to itself
        touches = touches.filter(pl.col("kind") != question.conversion)
    sold = conversions.filter(~pl.col("status").str.to_lowercase().is_in(NOT_SOLD))
    converted = sold["customer"]
    first, last = _days(question, rules.timezone)
    sold = sold.filter(pl.col("at").is_between(first, last, closed="left"))
    sold = sold.with_columns(_currency(rules.currency), pl.col("value").fill_null(0))
    spend = spend.with_columns(pl.col("date").str.to_date("%Y-%m-%d"), _currency(rules.currency))
    if question.start is not None:
        spend = spend.filter(pl.col("date") >= question.start)
    if question.end is not None:
        spend = spend.filter(pl.col("date") <= question.end)
    return Frames(
        _placed(touches, rules),
        sold.select(CONVERSIONS.names()).cast(CONVERSIONS),
        _placed(spend, rules, kind="spend"),
        converted,
        stages,
    )


def chosen(names: Sequence[str], models: Mapping[str, AttributionModel]) -> dict[str, AttributionModel]:
    """The models asked for, by name."""
    return {name: _model(name, models) for name in names}


def lookback_us(text: str) -> int | None:
    """``90d``, ``12h`` or ``all`` as microseconds, or ``None`` for no window."""
    units = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
    if text == "all":
        return None
    if text[-1:] in units and text[:-1].isdigit():
        return int(text[:-1]) * (units[text[-1]] // timedelta(microseconds=1))
    raise ConfigError(
        f"{text!r} is no lookback", where="--lookback", step="write 90d, 12h, 8w, or all for no window"
    )


def _placed(frame: pl.DataFrame, rules: Rules, kind: str = "") -> pl.DataFrame:
    """The frame with channel, source, medium and campaign as the rules decide them."""
    decided = origins(frame, rules=rules.channels, own_hosts=rules.own_hosts, kind=kind)
    return frame.with_columns(decided.select("channel", "source", "medium", "campaign"))


def _frame(names: Sequence[str], rows: Sequence[Any]) -> pl.DataFrame:
    import polars as pl

    whole = {"touch", "customer", "conversion", "at", "value", "amount"}
    schema = {name: pl.Int64 if name in whole else pl.String for name in names}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _currency(ours: str) -> Any:
    import polars as pl

    said = pl.col("currency").str.to_uppercase()
    return pl.when(said == "").then(pl.lit(ours)).otherwise(said).alias("currency")


def _days(question: Question, timezone: str) -> tuple[int, int]:
    """From the start of the first day to the end of the last, by the hub's own calendar."""
    zone = ZoneInfo(timezone)
    start = question.start or date(1001, 1, 1)
    end = (question.end or date(8999, 1, 1)) + timedelta(days=1)
    if end <= start:
        raise ConfigError("the report ends before it begins", where="--from, --to", step="swap the dates")
    return tuple(as_micros(datetime(day.year, day.month, day.day, tzinfo=zone)) for day in (start, end))  # type: ignore[return-value]


def _model(name: str, models: Mapping[str, AttributionModel]) -> AttributionModel:
    from difflib import get_close_matches

    from hub.core.attribution import with_figures

    if name in models:
        return models[name]
    if (made := with_figures(name)) is not None:
        return made
    near = get_close_matches(name, models, n=1)
    raise ConfigError(
        f"there is no attribution model {name!r}" + (f" (did you mean {near[0]}?)" if near else ""),
        where="--model",
        step=f"choose among {', '.join(models)}",
    )
