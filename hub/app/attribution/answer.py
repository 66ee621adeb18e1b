"""Answers what each channel earned and cost, and which touch of which conversion earned how much."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from hub.app.attribution.columns import keep
from hub.app.attribution.gather import Frames, days, frames
from hub.app.attribution.question import Question, Rules, chosen, walk
from hub.core.model import AttributionModel
from hub.store.session import Store, Transaction

if TYPE_CHECKING:
    import polars as pl

    from hub.core.attribution import Report

__all__ = ["attribute", "credits", "informed", "walked"]


def attribute(
    store: Store, question: Question, rules: Rules, models: Mapping[str, AttributionModel]
) -> tuple[Report, pl.DataFrame]:
    """The report, and the journeys it rests on."""
    from hub.core.attribution import report

    used = chosen(question.models, models)
    keep(store)
    with store.read() as tx:
        found = frames(tx, question, rules)
    paths = walked(found, question, rules)
    used = informed(used, found, question, rules)
    told = report(
        paths, found.conversions, found.spend, used,
        currency=question.currency.upper() or rules.currency, by=question.by, refunds=found.refunds,
    )  # fmt: skip
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

    from hub.core.attribution import NONE, Learner
    from hub.core.attribution.reports import credited
    from hub.core.journeys import unattributed

    used = chosen(question.models, models)
    learns = any(isinstance(model, Learner) for model in used.values())
    found = frames(tx, question, rules, None if learns else customers)
    used = informed(used, found, question, rules)
    paths = walked(found, question, rules)
    parts: list[pl.DataFrame] = []
    for name, model in used.items():
        earned = credited(paths, model, found.refunds)
        earned = earned.join(found.conversions, on="conversion", how="semi")
        alone = unattributed(found.conversions, earned).select(
            "conversion", "customer", pl.lit(None, pl.Int64).alias("touch"), pl.col("at").alias("conversion_at"),
            pl.lit(NONE).alias("channel"), "value", "currency", pl.lit(1.0).alias("share"),
            pl.col("value").alias("credit"),
        )  # fmt: skip
        parts += [
            part.with_columns(model=pl.lit(name)).select("model", *_CREDITS) for part in (earned, alone)
        ]
    told = pl.concat(parts)
    return told if customers is None else told.filter(pl.col("customer").is_in(list(customers)))


_CREDITS = (
    "conversion", "customer", "touch", "conversion_at", "channel", "value", "currency", "share", "credit",
)  # fmt: skip


def walked(found: Frames, question: Question, rules: Rules) -> pl.DataFrame:
    """The journeys of what is reported and of what its refunds take back from, with the times of their stages."""
    import polars as pl

    from hub.core.attribution import with_stages
    from hub.core.journeys import TRANSFORMS, journeys

    how = walk(question, rules)
    paths = journeys(
        found.touches,
        found.walked,
        lookback_us=how.lookback_us,
        lookbacks=how.lookbacks,
        reset=how.reset,
        only=pl.concat([found.conversions["conversion"], found.refunds["of"].drop_nulls()]).unique(),
        origins=found.origins,
    )
    return with_stages(TRANSFORMS[how.path](paths), found.stages)


def informed(
    models: Mapping[str, AttributionModel], found: Frames, question: Question, rules: Rules
) -> dict[str, AttributionModel]:
    """The models; those that learn are told of the customers who never converted."""
    import polars as pl

    from hub.core.attribution import Learner, nulls
    from hub.core.journeys import TRANSFORMS, journeys

    learners = {name: model for name, model in models.items() if isinstance(model, Learner)}
    if not learners:
        return dict(models)
    how = walk(question, rules)
    first, last = days(question, rules.timezone)
    began = pl.lit(True)
    if question.start is not None and how.lookback_us is not None:
        began = pl.col("at") >= first - how.lookback_us
    touches, converted = found.touches.filter(began, pl.col("at") < last), found.walked["customer"]
    if how.path == "unique" and not how.lookbacks:
        lost = nulls(touches, converted, lookback_us=how.lookback_us, origins=found.origins)
    else:  # the same path that a journey to the customer's last touch would have
        ended = touches.join(converted.to_frame(), on="customer", how="anti").drop_nulls("customer")
        ends = ended.group_by("customer").agg(pl.col("at").max())
        ends = ends.select(
            pl.col("customer").alias("conversion"), "customer", "at", value=0, currency=pl.lit("")
        )
        paths = journeys(
            touches, ends, lookback_us=how.lookback_us, lookbacks=how.lookbacks, origins=found.origins
        )
        lost = TRANSFORMS[how.path](paths).select("customer", "channel")
    return {**models, **{name: model.knowing(lost) for name, model in learners.items()}}
