"""Training on odd sets of records, whose truth is known, never does worse than the model that ships."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.datasets import Labelled
from benchmarks.odd_sets import ODD, odd_set
from benchmarks.quality import learnt_and_shipped
from hub.core.match import Model

RECORDS = 400


def few(name: str) -> list[Labelled]:
    """An odd set of about so many records."""
    odd = ODD[name]
    people = RECORDS * len(odd.copies) // sum(odd.copies)
    return odd_set(replace(odd, people=min(odd.people, people)), seed=5)


@pytest.mark.parametrize("name", sorted(ODD))
def test_training_on_an_odd_set_does_no_worse_than_the_shipped_model(name, tmp_path):
    told, shipped, fitted = learnt_and_shipped(few(name), tmp_path)
    assert fitted[2] >= shipped[2] - 0.002
    assert told.pays or told.model == Model.default()


@pytest.mark.parametrize("name", ["once each", "name and city, once each"])
def test_where_nobody_is_there_twice_training_would_not_pay(name, tmp_path):
    told, _, fitted = learnt_and_shipped(few(name), tmp_path)
    assert (told.pays, told.model, told.in_force) == (False, Model.default(), True)
    assert fitted == (1.0, 1.0, 1.0)


def test_an_odd_set_is_the_same_every_time_and_as_odd_as_its_row_says():
    odd = ODD["name and city"]
    assert odd_set(odd) == odd_set(odd) != odd_set(odd, seed=2)
    assert {field for row in odd_set(odd) for field in row.fields} == {"given_name", "family_name", "city"}
    copies = [row.person for row in odd_set(ODD["once each"])]
    assert len(set(copies)) == len(copies) == ODD["once each"].people
