"""Reports and exports, as the command line gives them."""

from __future__ import annotations

import pytest

from hub.core.attribution import MODELS as THE_HUBS_OWN
from hub.faces.cli import attribution


def test_attribution_prints_models_and_totals(both):
    both.hub("sync")
    told = both.told("attribution", "--model", "linear,last")
    assert list(told["models"]) == ["linear", "last"]
    rows = {row["channel"]: row for row in told["models"]["linear"]}
    assert rows["Paid Search"]["value"] == 50.05
    assert rows["Paid Search"]["cost"] == 20.5
    assert rows["Paid Search"]["cpa"] == 41.0
    assert rows["Email"]["conversions"] == 0.5
    assert rows["Direct"]["value"] == 50.25
    assert rows["(none)"]["value"] == 7.0
    assert told["totals"]["conversions"] == 3
    assert told["totals"]["value"] == 157.35
    for of_model in told["models"].values():
        assert sum(row["value"] for row in of_model) == pytest.approx(157.35)


def test_one_model_is_a_table_with_totals_and_none(synced):
    lines = synced.hub("attribution", "--model", "linear").stdout.splitlines()
    assert lines[0].split() == ["channel", "conversions", "value", "cost", "cpa", "roas"]
    assert [line.split("  ")[0] for line in lines[1:5]] == ["Direct", "Paid Search", "Email", "(none)"]
    assert lines[5].split() == ["total", "3", "157.35", "20.50", "6.83", "7.68"]
    assert "1 of them without a touch" in lines[-1]


def test_several_models_stand_side_by_side(synced):
    lines = synced.hub("attribution", "--model", "first,last").stdout.splitlines()
    assert "first value" in lines[0]
    assert "last value" in lines[0]
    assert next(line for line in lines if line.startswith("Email")).split() == ["Email", "0.00", "0.00", "0.00", "1.00", "100.10", "0.00"]  # fmt: skip
    assert lines[4].startswith("(none)")


def test_by_dates_lookback_and_conversion_narrow_the_question(synced):
    by = synced.told("attribution", "--by", "campaign", "--model", "first")
    assert {row["campaign"] for row in by["models"]["first"]} >= {"spring"}
    assert synced.told("attribution", "--to", "2026-01-31")["totals"]["conversions"] == 1
    assert synced.told("attribution", "--from", "2026-02-01")["totals"]["conversions"] == 2
    assert synced.told("attribution", "--lookback", "12h")["totals"]["attributed"] == 0
    forms = synced.told("attribution", "--conversion", "form")
    assert (forms["totals"]["conversions"], forms["totals"]["attributed"]) == (1, 1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--model", "liner"), "did you mean linear?"),
        (("--model", ""), "there is no attribution model"),
        (("--lookback", "90"), "no lookback"),
        (("--lookback", "90d,Email"), "no lookback of a channel"),
        (("--path", "shortest"), "is not one of"),
        (("--repeat", "never"), "is not one of"),
        (("--conversion", "meeting"), "no interaction is of the kind"),
        (("--from", "2026-02-01", "--to", "2026-01-01"), "ends before it begins"),
        (("--from", "yesterday"), "does not match the format"),
        (("--by", "weather"), "is not one of"),
    ],
)
def test_a_question_that_cannot_be_answered_says_why(synced, words, said):
    told = synced.told("attribution", *words, code=2)["error"]
    assert said in told["what"]
    assert told["step"]


def test_journeys_are_walked_as_asked_and_as_configured(synced):
    from hub.core.journeys import TRANSFORMS

    assert tuple(TRANSFORMS) == attribution.PATHS
    whole = synced.told("attribution", "--lookback", "all", "--repeat", "reuse", "--path", "unique")
    assert whole == synced.told("attribution", "--lookback", "all")
    firsts = synced.told("attribution", "--lookback", "all", "--conversion", "first-order")
    assert firsts["totals"] == whole["totals"], "each of the three orders is its customer's first"
    often = synced.told("attribution", "--path", "frequency", "--model", "linear")["models"]["linear"]
    assert any("×" in row["channel"] for row in often)
    none = synced.told("attribution", "--lookback", "12h,Direct=12h")["totals"]
    assert none["attributed"] == 0
    synced.config.write_text(synced.config.read_text() + '\n[hub.journeys]\nlookback = "12h"\n')
    assert synced.told("attribution")["totals"] == none


def test_another_currency_has_its_own_table(synced):
    told = synced.told("attribution", "--currency", "eur")
    assert told["currency"] == "EUR"
    assert told["totals"]["conversions"] == 0
    assert sum(other["conversions"] for other in told["others"].values()) == 3


def test_the_models_named_in_help_are_the_hubs_own():
    assert sorted(attribution.MODELS) == sorted(THE_HUBS_OWN)


@pytest.mark.parametrize("what", ["crosswalk", "customers", "interactions", "credits"])
def test_export_says_how_many_rows_it_wrote(synced, what):
    target = synced.folder / f"{what}.csv"
    told = synced.told("export", what, "-o", str(target))
    assert told["file"] == str(target)
    assert told["rows"] == len(target.read_text().splitlines()) - 1 > 0
    assert "wrote" in synced.hub("export", what, "-o", str(target)).stdout


def test_export_of_credits_takes_the_models(synced):
    target = synced.folder / "credits.csv"
    synced.hub("export", "credits", "--model", "linear,last", "-o", str(target))
    assert {line.split(",")[0] for line in target.read_text().splitlines()[1:]} == {"linear", "last"}
    assert (
        "did you mean linear?"
        in synced.told("export", "credits", "--model", "liner", "-o", str(target), code=2)["error"]["what"]
    )


def test_export_refuses_an_ending_it_does_not_know(synced):
    told = synced.told("export", "customers", "-o", str(synced.folder / "x.pdf"), code=2)["error"]
    assert ".parquet" in told["step"]


def test_export_into_a_folder_that_is_not_there_is_an_error(synced):
    assert (
        "next step"
        in synced.hub("export", "customers", "-o", str(synced.folder / "no" / "x.csv"), code=2).stderr
    )
