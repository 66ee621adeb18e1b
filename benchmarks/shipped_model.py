"""Make the match model that ships: tables of public facts, and odds learnt without labels, then rounded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Final

from benchmarks.datasets import febrl
from benchmarks.names import (
    CHINESE_FAMILY,
    CITIES,
    ENGLISH_FAMILY,
    FREEMAIL,
    GIVEN,
    HAN_GIVEN,
    NICKNAMES,
    ROLES,
)
from benchmarks.population import population
from hub.core.block import candidate_pairs, in_order, key_columns
from hub.core.columns import Hashed, of_records
from hub.core.match import Model, Odds
from hub.core.model import SourceRecord, record_key
from hub.core.normalize import Normalizer
from hub.core.train import train

TARGET: Final = Path(__file__).parent.parent / "hub/core/models/default.json"

ODDS: Final = {
    "reference": {"equal": (0.99, 9e-13)},
    "kind": {"person and organization": (1e-12, 1.0)},
    "given name": {
        "equal": (0.8, 0.004, 0.003),
        "homophone": (0.02, 0.006, 0.006),
        "pinyin": (0.8, 0.01, 0.01),
        "nickname": (0.04, 0.0015, 0.0015),
        "initial": (0.05, 0.004, 0.008),
        "part": (0.02, 0.0005, 0.001),
        "similar": (0.07, 0.001, 0.001),
        "swapped": (0.02, 0.000001, 0.0005),
        "swapped, short": (0.004, 0.00001, 0.0006),
        "half swapped": (0.012, 0.0005, 0.03),
        "different": (0.025, 0.985, 0.985),
    },
    "family name": {
        "equal": (0.88, 0.004, 0.85),
        "homophone": (0.01, 0.01, 0.01),
        "initial": (0.02, 0.01, 0.02),
        "part": (0.03, 0.001, 0.05),
        "similar": (0.06, 0.0015, 0.1),
        "different": (0.04, 0.99, 0.12),
    },
    "birth date": {
        "equal": (0.87, 0.00005, 0.003),
        "one slip": (0.07, 0.001, 0.002),
        "day and month swapped": (0.01, 0.0001, 0.0002),
        "two parts": (0.01, 0.003, 0.004),
        "different": (0.04, 0.997, 0.99),
    },
    "national id": {
        "equal": (0.85, 0.00000005, 0.00001),
        "one slip": (0.09, 0.00001, 0.0001),
        "two slips": (0.005, 0.0003, 0.001),
        "different": (0.06, 1.0, 1.0),
    },
    "tax id": {
        "equal": (0.85, 0.000002, 0.3, 0.6),
        "equal, nobody named": (0.85, 0.00000001, None, 0.00001),
        "one slip": (0.07, 0.00002, 0.001, 0.001),
        "two slips": (0.005, 0.0003, 0.001, 0.001),
        "different": (0.08, 1.0, 0.7, 0.4),
    },
    "email": {
        "equal": (0.6, 0.0000003, 0.35, 0.0002),
        "role": (0.05, 0.00003, 0.01, 0.3),
        "role, nobody named": (0.6, 0.0000003),
        "similar": (0.05, 0.0005),
        "different": (0.4, 0.999, 0.9, 0.7),
    },
    "phone": {
        "equal": (0.6, 0.0000003, 0.45, 0.1),
        "landline": (0.4, 0.000003, 0.5, 0.3),
        "different": (0.4, 0.999, 0.6, 0.7),
    },
    "handle": {"equal": (0.9, 0.0000003, 0.002, 0.002), "different": (0.15, 1.0)},
    "address": {
        "door": (0.6, 0.000003, 0.85, 0.3),
        "house and street": (0.04, 0.00001, 0.02, 0.01),
        "street": (0.06, 0.00005, 0.02, 0.02),
        "house and postal code": (0.06, 0.00002, 0.02, 0.02),
        "street name": (0.02, 0.0005, 0.005, 0.005),
        "postal code": (0.04, 0.0015, 0.02, 0.05),
        "nearly the postal code": (0.02, 0.0003, 0.02, 0.05),
        "city": (0.08, 0.004, 0.04, 0.3),
        "similar city": (0.02, 0.001, 0.01, 0.01),
        "different": (0.12, 0.99, 0.1, 0.4),
    },
    "postal code": {
        "equal": (0.8, 0.0008, 0.9, 0.3),
        "nearly": (0.02, 0.0003, 0.02, 0.05),
        "city": (0.08, 0.01, 0.03, 0.3),
        "similar city": (0.01, 0.001, 0.01, 0.01),
        "different": (0.1, 0.985, 0.05, 0.4),
    },
    "city": {
        "equal": (0.65, 0.01, 0.85, 0.5),
        "similar": (0.05, 0.001, 0.02, 0.01),
        "different": (0.3, 0.97, 0.13, 0.5),
    },
    "employer": {
        "equal": (0.6, 0.0003, 0.02, 0.9),
        "similar": (0.08, 0.0003, 0.003, 0.05),
        "domain": (0.15, 0.0003, 0.003, 0.9),
        "different": (0.3, 0.999, 0.97, 0.03),
    },
    # of colleagues, which are sisters here: one in a hundred or so of the pairs that share a door or a switchboard
    "organization": {
        "equal": (0.6, 0.000005, None, 0.00001),
        "equal, short": (0.25, 0.00002, None, 0.0001),
        "similar": (0.1, 0.000003, None, 0.0001),
        "contained": (0.15, 0.0001, None, 0.0007),
        "partly": (0.03, 0.0002, None, 0.006),
        "domain": (0.3, 0.00003),
        "different": (0.02, 1.0, 0.002, 0.005),
    },
    "domain": {"equal": (0.5, 0.000012, None, 0.3)},
}  # fmt: skip


def hand_set() -> Model:
    """The model before anything is learnt."""
    pinyin = dict(CHINESE_FAMILY.values())
    return Model(
        version="2026.11",
        about="Odds and priors set by hand. Names: public statistics, rounded.",
        link=400,
        review=0,
        prior={"strangers": -1600, "household": 250, "colleagues": -400},
        odds={
            name: {label: Odds(*numbers) for label, numbers in levels.items()}
            for name, levels in ODDS.items()
        },
        frequencies={
            "given": GIVEN,
            "family": ENGLISH_FAMILY | pinyin,
            "family_pinyin": pinyin,
            "han_given": HAN_GIVEN,
            "city": CITIES,
        },
        rare={"given": 0.001, "family": 0.001, "han_given": 0.0003, "city": 0.002, "family_pinyin": 0.001},
        nicknames=NICKNAMES,
        roles=ROLES,
        freemail=FREEMAIL,
    )


LEARNT: Final = ("given name", "family name", "birth date", "national id", "address")
"""Comparisons whose odds among matches are learnt. Those of contact points are not: records are compared
because they share one, so candidate pairs hide how often one customer has two."""


def learnt(start: Model) -> Model:
    """The model after training without labels on FEBRL 1, FEBRL 2 and the generated population."""
    pairs: list[tuple[SourceRecord, SourceRecord]] = []
    random_pairs: list[tuple[SourceRecord, SourceRecord]] = []
    random = Random(1)
    for rows in (febrl(1), febrl(2), population(10_000)):
        records = [Normalizer().source_record(row.fields, key=record_key(row.id)) for row in rows]
        a, b, _ = candidate_pairs(*in_order(*key_columns(Hashed(of_records(records)))))
        pairs += [(records[x], records[y]) for x, y in zip(a.tolist(), b.tolist(), strict=True)]
        random_pairs += [tuple(random.sample(records, 2)) for _ in range(40_000)]  # type: ignore[misc]
    trained, _ = train(start, pairs, random_pairs, {})
    odds = dict(start.odds)
    for name in LEARNT:
        odds[name] = {
            level: replace(o, m=float(f"{trained.odds[name][level].m:.2g}"))
            for level, o in start.odds[name].items()
        }
    about = (
        "Odds among matches of names, birth dates, ids and addresses: learnt without labels on FEBRL 1, FEBRL 2 "
        "and a generated population (benchmarks/shipped_model.py), rounded. All others, the priors and the "
        "thresholds: set by hand. Frequencies of names and cities: public statistics, rounded."
    )
    return replace(start, odds=odds, about=about)


if __name__ == "__main__":
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(learnt(hand_set()).dump() + "\n", encoding="utf-8")
