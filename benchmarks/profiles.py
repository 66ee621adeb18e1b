"""From files to finished profiles: customers and three times as many interactions, synced and resolved.

A seeded population (``benchmarks.population``) is written as a csv and a jsonl file, with interactions
that name their customers by id or by mailbox; then ``files`` connectors land them, and who is who is
resolved from nothing. Budget at 100,000 customer records: 60 CPU seconds.
``python -m benchmarks.profiles [--size N] [--keep DIR]``
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.datasets import Labelled
from benchmarks.measure import alone, peak_mb, show, spending, tell
from benchmarks.population import population

__all__ = ["main", "write"]

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
SOURCES = (
    ("google", "cpc"),
    ("google", "organic"),
    ("newsletter", "email"),
    ("facebook", "social"),
    ("", ""),
)
LISTS = ("emails", "phones", "handles")

CONFIG = """
[hub]
region = "CN"

[connectors.crm]
type = "files"
path = "crm.csv"
record = "customer"
key = "id"
[connectors.crm.fields]
{crm}

[connectors.shop]
type = "files"
path = "shop.jsonl"
record = "customer"
key = "id"

[connectors.site]
type = "files"
path = "visits.jsonl"
record = "interaction"
key = "id"
customers = "shop"
"""


def write(folder: Path, size: int) -> None:
    """The three files and their ``connectors.toml``, the same ones every time."""
    records = population(size)
    crm, shop = records[: size // 2], records[size // 2 :]
    columns = _write_csv(folder / "crm.csv", crm)
    with (folder / "shop.jsonl").open("w", encoding="utf-8") as file:
        for record in shop:
            file.write(json.dumps({"id": record.id, **record.fields}, ensure_ascii=False) + "\n")
    with (folder / "visits.jsonl").open("w", encoding="utf-8") as file:
        random = Random(size)
        for number in range(3 * size):
            file.write(json.dumps(_visit(random, number, records, shop), ensure_ascii=False) + "\n")
    fields = "\n".join(f"{field} = {json.dumps(names)}" for field, names in columns.items())
    (folder / "connectors.toml").write_text(CONFIG.format(crm=fields), encoding="utf-8")


def _write_csv(path: Path, records: Sequence[Labelled]) -> dict[str, list[str]]:
    """A column for each field, two for those with several values; field to its columns."""
    known = sorted({field for record in records for field in record.fields})
    columns = {field: [field, f"{field}_2"] if field in LISTS else [field] for field in known}
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["id", *(column for names in columns.values() for column in names)])
        for record in records:
            row = [record.id]
            for field, names in columns.items():
                value: Any = record.fields.get(field, "")
                values = list(value) if isinstance(value, list | tuple) else [value]
                row += [*values, "", ""][: len(names)]
            table.writerow(row)
    return columns


def _visit(
    random: Random, number: int, records: Sequence[Labelled], shop: Sequence[Labelled]
) -> dict[str, Any]:
    """One interaction: half of them name the shop's customer, most others a mailbox somebody has."""
    source, medium = random.choice(SOURCES)
    visit: dict[str, Any] = {
        "id": f"v{number}",
        "occurred_at": (BEGIN + timedelta(seconds=random.randrange(300 * 86_400))).isoformat(),
        "kind": random.choice(("visit", "visit", "form", "mail")),
        "source": source,
        "medium": medium,
        "landing_url": f"https://www.example.com/p/{number % 500}",
    }
    emails: Any = random.choice(records).fields.get("emails")
    if number % 2 or not emails:
        return {**visit, "customer_ref": random.choice(shop).id}
    return {**visit, "emails": [emails] if isinstance(emails, str) else list(emails)[:1]}


def measure(folder: Path) -> None:
    """Sync and resolve what is in ``folder``."""
    from hub.app.hub import Hub

    with Hub.open(folder / "connectors.toml") as hub:
        hub.store, hub.resolver, hub.plugins.connectors  # noqa: B018 (made before the clock starts)
        with spending() as customers:
            runs = hub.sync(["crm", "shop"])
        with spending() as interactions:
            runs += hub.sync(["site"])
        landing = peak_mb()
        with spending() as resolve:
            hub.resolve()
        for run in runs:
            assert run.error is None, run.error
            assert not run.counts.rejected, hub.rejects(limit=3)
        tell(
            customers=customers, interactions=interactions, resolve=resolve, landing_mb=landing, peak_mb=peak_mb(),
            counts=hub.counts(),
        )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", nargs="?", choices=["measure"])
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--size", type=int, default=100_000, help="customer records")
    parser.add_argument("--keep", type=Path, help="leave the workspace in this folder")
    given = parser.parse_args()
    if given.work:
        measure(given.folder)
    else:
        compare(given.size, given.keep)


def compare(size: int, keep: Path | None) -> None:
    """Write, measure in another process, and print the table."""
    with nullcontext(keep) if keep else tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        folder.mkdir(exist_ok=True)
        write(folder, size)
        told = alone("benchmarks.profiles", "measure", str(folder))
    counts = told["counts"]
    stages = {
        f"land {size:,} customer records": "customers",
        f"land {3 * size:,} interactions": "interactions",
        f"resolve into {counts['customers']:,} customers": "resolve",
    }
    rows: list[tuple[object, ...]] = [("", "CPU s", "wall s", "peak MB")]
    for title, stage in stages.items():
        memory = (
            f"{told['peak_mb' if stage == 'resolve' else 'landing_mb']:.0f}" if stage != "customers" else ""
        )
        rows.append((title, told[stage]["cpu"], told[stage]["wall"], memory))
    total = sum(told[stage]["cpu"] for stage in stages.values())
    rows.append(("all", total, sum(told[stage]["wall"] for stage in stages.values()), ""))
    if size == 100_000:
        rows.append(("budget", "<= 60", "", ""))
    show("from files to profiles", rows)


if __name__ == "__main__":
    main()
