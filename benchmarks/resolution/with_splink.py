"""What Splink does with the rows; runs in Splink's environment and knows nothing of the hub.

Set up as a careful user of its guides would: names, mailbox, phone, handle, employer and address compared, one
comparison for all of the address (its parts depend on each other), term frequencies, several narrow blocking
rules, u from random pairs, m by EM on four blockings, no labels, clusters at .95. There are no birth dates
to compare. ``told`` knows two things more, without which a mail that only names a mailbox joins nobody: role
mailboxes are blank, and two people hardly ever have one mailbox, phone or handle (u fixed at 1e-8; random
pairs of a table that still has its duplicates say it is as common as duplicates are).
``python -m benchmarks.resolution.with_splink batch|arrivals FOLDER guides|told``
"""

from __future__ import annotations

import logging
import sys
import time
from pathlib import Path
from typing import Any

import splink.comparison_level_library as level
import splink.comparison_library as compare
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from benchmarks.measure import peak_mb, spending, tell

THRESHOLD = 0.95
SAMPLE = 20
"""New records looked for one by one."""
ROLES = "('info', 'sales', 'office')"
BLOCKS = (
    ("email",), ("phone",), ("handle",), ("mailbox",), ("given", "family"), ("family", "postal_code"),
    ("given", "postal_code"), ("street", "postal_code"), ("family", "organization"),
)  # fmt: skip
CERTAIN = (("email",), ("phone",), ("handle",), ("given", "family", "postal_code"))
"""What mostly holds of one person only; the share of matches among all pairs is estimated from it."""
TRAINING = (("given", "family"), ("email",), ("phone",), ("handle",))
HARDLY_EVER = 1e-8


def settings(told: bool) -> SettingsCreator:
    """The model before training."""
    contacts = [_contact(name) for name in ("email", "phone", "handle")] if told else [
        compare.EmailComparison("email"), compare.ExactMatch("phone"), compare.ExactMatch("handle"),
    ]  # fmt: skip
    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            compare.NameComparison("given").configure(term_frequency_adjustments=True),
            compare.NameComparison("family").configure(term_frequency_adjustments=True),
            *contacts,
            compare.JaroWinklerAtThresholds("organization", [0.9]).configure(term_frequency_adjustments=True),
            _address(),
        ],
        blocking_rules_to_generate_predictions=[block_on(*columns) for columns in BLOCKS],
        retain_matching_columns=False,
    )


def _contact(name: str) -> Any:
    equal = level.ExactMatchLevel(name).configure(u_probability=HARDLY_EVER, fix_u_probability=True)
    near = (
        [
            level.CustomLevel("mailbox_l = mailbox_r", "mailbox elsewhere"),
            level.JaroWinklerLevel("email", 0.88),
        ]
        if name == "email"
        else []
    )
    return compare.CustomComparison(
        output_column_name=name, comparison_levels=[level.NullLevel(name), equal, *near, level.ElseLevel()]
    )


def _address() -> Any:
    unknown = "(postal_code_l IS NULL OR postal_code_r IS NULL) AND (city_l IS NULL OR city_r IS NULL)"
    near = "jaro_winkler_similarity(door_l, door_r) > 0.92 AND city_l = city_r"
    return compare.CustomComparison(
        output_column_name="address",
        comparison_levels=[
            level.CustomLevel(unknown, "unknown").configure(is_null_level=True),
            level.CustomLevel("door_l = door_r AND postal_code_l = postal_code_r", "door"),
            level.CustomLevel("street_l = street_r AND postal_code_l = postal_code_r", "street"),
            level.CustomLevel(f"house_l = house_r AND postal_code_l = postal_code_r OR {near}", "nearly"),
            level.ExactMatchLevel("postal_code"),
            level.ExactMatchLevel("city", term_frequency_adjustments=True),
            level.ElseLevel(),
        ],
    )


def register(api: DuckDBAPI, path: Path, told: bool) -> Any:
    """A file of rows as a table, with the columns the comparisons read."""
    role = f"split_part(email, '@', 1) IN {ROLES}"
    query = (
        f"SELECT * EXCLUDE (email), {f'CASE WHEN {role} THEN NULL ELSE email END' if told else 'email'} AS email, "
        f"CASE WHEN {role} THEN NULL ELSE split_part(email, '@', 1) END AS mailbox, "
        f"house || ' ' || street AS door FROM '{path}'"
    )
    return api.register(api.duckdb_con.sql(query))


def train(linker: Linker) -> None:
    rules = [block_on(*columns) for columns in CERTAIN]
    linker.training.estimate_probability_two_random_records_match(rules, recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e7, seed=1)
    for columns in TRAINING:
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*columns))


def batch(folder: Path, told: bool) -> None:
    """Train, predict and cluster; the clusters as a file."""
    api = DuckDBAPI()
    with spending() as training:
        linker = Linker(register(api, folder / "rows.parquet", told), settings(told), log_level=logging.ERROR)
        train(linker)
    with spending() as predicting:
        edges = linker.inference.predict(threshold_match_probability=THRESHOLD)
    with spending() as clustering:
        clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(edges, THRESHOLD)
    peak = peak_mb()
    found = clusters.as_duckdbpyrelation().project("unique_id, cluster_id")
    found.write_parquet(str(folder / "clusters.parquet"))
    tell(train=training, predict=predicting, cluster=clustering, peak_mb=peak)


def arrivals(folder: Path, told: bool) -> None:
    """Look for new records one by one among all; the model is trained and the term frequencies are known."""
    api = DuckDBAPI()
    base = register(api, folder / "rows.parquet", told)
    linker = Linker(base, settings(told), log_level=logging.ERROR)
    train(linker)
    for column in ("given", "family", "organization", "city"):
        linker.table_management.compute_tf_table(column)
    waits: list[float] = []
    for place in range(SAMPLE):
        one = folder / f"fresh-{place}.parquet"
        api.duckdb_con.sql(f"SELECT * FROM '{folder}/fresh.parquet' LIMIT 1 OFFSET {place}").write_parquet(
            str(one)
        )
        fresh = register(api, one, told)
        began = time.perf_counter()
        linker.inference.predict_between(base, fresh, threshold_match_probability=THRESHOLD)
        waits.append(time.perf_counter() - began)
    tell(waits=waits)


if __name__ == "__main__":
    {"batch": batch, "arrivals": arrivals}[sys.argv[1]](Path(sys.argv[2]), sys.argv[3] == "told")
