"""The Markov models against elimination in exact fractions, against sweeps, and against results known elsewhere."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.attribution import MODELS, Markov, credit, nulls
from hub.core.attribution.balance import balanced
from hub.core.attribution.chain import DIRECT, absorbed, chain
from hub.core.attribution.paths import NULLS
from hub.core.journeys import CONVERSIONS, JOURNEYS, TOUCHES, journeys, unattributed
from hub.errors import ConfigError

Walk = Sequence[str]
State = tuple[str, ...]
DAY = 86_400_000_000


def walked(paths: Sequence[tuple[Walk, int]], currency: str = "CNY") -> pl.DataFrame:
    """Journeys of conversions 0, 1, ... along each path, with the values beside them."""
    rows = [
        (
            number,
            number,
            100 * number + place,
            place,
            1000,
            name,
            "",
            "",
            "",
            value,
            currency,
            place + 1,
            len(path),
        )
        for number, (path, value) in enumerate(paths)
        for place, name in enumerate(path)
    ]
    return pl.DataFrame(rows, schema=JOURNEYS, orient="row")


def leading_nowhere(paths: Sequence[Walk]) -> pl.DataFrame:
    rows = [(10_000 + number, name) for number, path in enumerate(paths) for name in path]
    return pl.DataFrame(rows, schema=NULLS, orient="row")


class Written:
    """The chain as its definition says it, over dictionaries and fractions."""

    def __init__(self, paths: Sequence[tuple[Walk, int]], lost: Sequence[Walk], order: int) -> None:
        self.begins: Counter[State] = Counter()
        self.moves: dict[State, Counter[State]] = defaultdict(Counter)
        self.ends: Counter[State] = Counter()
        self.earned: dict[State, list[int]] = defaultdict(lambda: [0, 0])
        self.paths = len(paths) + len(lost)
        for path, gain in [
            *((path, (1, max(value, 0))) for path, value in paths),
            *((path, (0, 0)) for path in lost),
        ]:
            grams = [tuple(path[place : place + order]) for place in range(max(len(path) - order + 1, 1))]
            self.begins[grams[0]] += 1
            for one, other in pairwise(grams):
                self.moves[one][other] += 1
            self.ends[grams[-1]] += 1
            for kind in (0, 1):
                self.earned[grams[-1]][kind] += gain[kind]
        self.states = sorted(
            {*self.begins, *self.ends, *self.moves, *(s for to in self.moves.values() for s in to)}
        )
        self.out = {state: sum(self.moves[state].values()) + self.ends[state] for state in self.states}

    def solved(self, kind: int, without: str = "") -> Fraction:
        """By Gaussian elimination."""
        kept = [state for state in self.states if without not in state]
        rows = [
            [Fraction(one == other) - Fraction(self.moves[one][other], self.out[one]) for other in kept]
            + [Fraction(self.earned[one][kind], self.out[one])]
            for one in kept
        ]
        for pivot in range(len(kept)):
            best = next(row for row in range(pivot, len(kept)) if rows[row][pivot])
            rows[pivot], rows[best] = rows[best], rows[pivot]
            rows[pivot] = [cell / rows[pivot][pivot] for cell in rows[pivot]]
            for row in range(len(kept)):
                if row != pivot and rows[row][pivot]:
                    factor = rows[row][pivot]
                    rows[row] = [a - factor * b for a, b in zip(rows[row], rows[pivot], strict=True)]
        worth = {state: rows[place][-1] for place, state in enumerate(kept)}
        return sum((Fraction(self.begins[s], self.paths) * worth[s] for s in kept), Fraction(0))

    def swept(self, kind: int, without: str = "") -> float:
        """By value iteration."""
        kept = [state for state in self.states if without not in state]
        worth = dict.fromkeys(kept, 0.0)
        for _ in range(100_000):
            after = {
                s: (self.earned[s][kind] + sum(n * worth.get(t, 0.0) for t, n in self.moves[s].items()))
                / self.out[s]
                for s in kept
            }
            if max((abs(after[s] - worth[s]) for s in kept), default=0) <= 1e-16 * (
                1 + max(worth.values(), default=0)
            ):
                break
            worth = after
        return sum(self.begins[s] / self.paths * worth[s] for s in kept)

    def effects(self, kind: int, *, sweeps: bool = False) -> dict[str, float]:
        value = self.swept if sweeps else self.solved
        whole = value(kind)
        names = {name for state in self.states for name in state}
        return {name: float(1 - value(kind, name) / whole) for name in names}


def totals(frame: pl.DataFrame, column: str) -> dict[str, float]:
    return dict(frame.group_by("channel").agg(pl.col(column).sum()).iter_rows())


def parts(effects: Mapping[str, float], whole: float) -> dict[str, float]:
    return {
        name: effect / sum(effects.values()) * whole for name, effect in effects.items() if effect > 1e-12
    }


walks = st.lists(st.sampled_from("ABCDE"), min_size=1, max_size=7)
sales = st.lists(st.tuples(walks, st.integers(1, 10**9)), min_size=1, max_size=8)
losses = st.lists(walks, max_size=8)
each_order = pytest.mark.parametrize("order", [1, 2, 3, 4])


@each_order
@settings(max_examples=25, deadline=None)
@given(paths=sales, lost=losses)
def test_removal_effects_are_those_of_exact_elimination_and_of_sweeps(order, paths, lost) -> None:
    found = Markov(order, leading_nowhere(lost)).effects(walked(paths))
    written = Written(paths, lost, order)
    for kind, column in enumerate(("conversions", "value")):
        effects = dict(found.select("channel", column).iter_rows())
        exact, swept = written.effects(kind), written.effects(kind, sweeps=True)
        assert effects.keys() == {name for name in exact if exact[name] > 1e-12}
        assert effects == pytest.approx({name: exact[name] for name in effects}, abs=1e-9)
        assert effects == pytest.approx({name: swept[name] for name in effects}, abs=1e-9)


@each_order
@settings(max_examples=25, deadline=None)
@given(paths=sales, lost=losses)
def test_a_channel_gets_its_part_of_all_effects_and_every_conversion_is_shared_whole(
    order, paths, lost
) -> None:
    credited = credit(walked(paths), Markov(order, leading_nowhere(lost)))
    written = Written(paths, lost, order)
    worth = sum(value for _, value in paths)
    assert totals(credited, "share") == pytest.approx(parts(written.effects(0), len(paths)), abs=1e-9)
    expected = parts(written.effects(1), worth)
    assert totals(credited, "credit") == pytest.approx(expected, abs=len(credited) + 1e-9 * worth)
    by_conversion = credited.group_by("conversion").agg(pl.col("share", "credit").sum()).sort("conversion")
    assert by_conversion["share"].to_list() == pytest.approx([1.0] * len(paths), abs=1e-9)
    assert by_conversion["credit"].to_list() == [value for _, value in paths]
    assert credited["share"].min() >= 0
    assert credited["credit"].min() >= 0


@each_order
@settings(max_examples=25, deadline=None)
@given(paths=sales, lost=losses)
def test_the_fitted_chain_converts_at_the_observed_rate(order, paths, lost) -> None:
    everything = [path for path, _ in paths] + lost
    fitted = chain(
        np.array(["ABCDE".index(name) for path in everything for name in path]),
        np.array([len(path) for path in everything]),
        np.array([[1.0, value] for _, value in paths]),
        order=order,
        channels=5,
    )
    rate, worth = absorbed(fitted)[0]
    assert rate == pytest.approx(len(paths) / len(everything), abs=1e-12)
    assert worth == pytest.approx(sum(value for _, value in paths) / len(everything), rel=1e-12)


@each_order
@settings(max_examples=30, deadline=None)
@given(paths=sales, lost=losses, seed=st.integers(0, 99))
def test_the_order_of_rows_the_names_and_halved_doubles_change_nothing(order, paths, lost, seed) -> None:
    frame = walked([(path, 2 * value) for path, value in paths])
    before = credit(frame, Markov(order, leading_nowhere(lost)))
    shuffled = credit(
        frame.sample(fraction=1, shuffle=True, seed=seed), Markov(order, leading_nowhere(lost[::-1]))
    )
    assert shuffled.select("conversion", "touch", "channel").equals(
        before.select("conversion", "touch", "channel")
    )
    assert shuffled["share"].to_list() == pytest.approx(before["share"].to_list(), abs=1e-9)
    names = dict(zip("ABCDE", "ZXYWV", strict=True))
    renamed = credit(
        walked([([names[name] for name in path], 2 * value) for path, value in paths]),
        Markov(order, leading_nowhere([[names[name] for name in path] for path in lost])),
    )
    for column, exact in (("share", 1e-9), ("credit", len(before) + 1e-6 * frame["value"].max())):
        expected = {names[name]: figure for name, figure in totals(before, column).items()}
        assert totals(renamed, column) == pytest.approx(expected, abs=exact)
    doubled = credit(walked(paths + paths), Markov(order, leading_nowhere(lost + lost)))
    halves = {name: figure / 2 for name, figure in totals(doubled, "share").items()}
    assert halves == pytest.approx(totals(before, "share"), abs=1e-9)
    assert totals(doubled, "credit") == pytest.approx(
        totals(before, "credit"), abs=4 * len(before) + 1e-6 * frame["value"].max()
    )


def test_a_channel_of_every_path_would_take_all_with_it() -> None:
    """By hand: A>B and A convert, B and A>C do not. Without B a half is lost, without A all."""
    effects = Markov(1, leading_nowhere(["B", "AC"])).effects(walked([("AB", 1), ("A", 3)]))
    # A is left 3 times: once each to B, to the conversion and to C; B is left twice, once by converting
    assert dict(effects.select("channel", "conversions").iter_rows()) == pytest.approx(
        {"A": 1 - (1 / 4 * 1 / 2) / (1 / 2), "B": 1 - (3 / 4 * 1 / 3) / (1 / 2)}
    )


def test_customers_who_never_converted_count() -> None:
    """By hand: of five paths, two end at B unsold, which weakens what leads there."""
    paths = [("AB", 1), ("B", 1), ("C", 1)]
    assert totals(credit(walked(paths), Markov(1)), "share") == pytest.approx(
        {"A": 3 / 4, "B": 6 / 4, "C": 3 / 4}
    )
    knowing = credit(walked(paths), Markov(1, leading_nowhere(["B", "B"])))
    assert totals(knowing, "share") == pytest.approx({"A": 3 / 7, "B": 12 / 7, "C": 6 / 7})


def test_a_channel_that_only_leads_to_others_has_its_part_without_a_touch() -> None:
    """Nobody who met C bought, but C leads to A, and A sells."""
    credited = credit(walked([("A", 70_000), ("A", 50_000)]), Markov(1, leading_nowhere(["CA"])))
    # of three paths begun, one begins with C: a third of what is earned is lost without it
    assert totals(credited, "share") == pytest.approx({"A": 1.5, "C": 0.5})
    assert totals(credited, "credit") == pytest.approx({"A": 90_000, "C": 30_000}, abs=1)
    assert credited.filter(channel="C")["touch"].null_count() == 2


def test_a_longer_memory_tells_what_a_shorter_cannot() -> None:
    """C converts after A only; to order 1 what came before C is forgotten."""
    paths, lost = [("AC", 1)] * 3, ["BC"] * 3
    one, two = (
        dict(
            Markov(k, leading_nowhere(lost))
            .effects(walked(paths))
            .select("channel", "conversions")
            .iter_rows()
        )
        for k in (1, 2)
    )
    assert one == pytest.approx({"A": 0.5, "B": 0.5, "C": 1.0})
    assert two == pytest.approx({"A": 1.0, "C": 1.0})


def test_staying_at_a_channel_changes_no_effect() -> None:
    once = Markov(1, leading_nowhere(["AB", "C"])).effects(walked([("ABC", 5), ("CB", 7)]))
    stayed = Markov(1, leading_nowhere(["AABB", "CCC"])).effects(walked([("AAABC", 5), ("CCBB", 7)]))
    assert once["channel"].equals(stayed["channel"])
    assert once["conversions"].to_list() == pytest.approx(stayed["conversions"].to_list(), abs=1e-12)


def test_part_of_a_channel_that_its_own_journeys_cannot_hold_stands_without_a_touch() -> None:
    """A alone earns 100 of 200, but four channels that always come together have the same effect each."""
    credited = credit(walked([("A", 100)] * 100 + [("BCDE", 100)] * 100), Markov(1))
    assert totals(credited, "share") == pytest.approx(dict.fromkeys("ABCDE", 40.0), abs=1e-9)
    assert totals(credited, "credit") == dict.fromkeys("ABCDE", 4000)
    loose = credited.filter(pl.col("touch").is_null())
    assert loose["share"].sum() == pytest.approx(60, abs=1e-9)
    assert set(loose["conversion"]) == set(range(100))
    first = credited.filter(conversion=0)
    assert first["channel"].to_list() == ["A", "B", "C", "D", "E"]
    assert first["credit"].to_list() == [40, 15, 15, 15, 15]


def test_where_the_journeys_can_hold_it_no_credit_leaves_its_touches() -> None:
    paths = [("AB", 10), ("BC", 20), ("AC", 30), ("ABC", 40)]
    credited = credit(walked(paths), Markov(1, leading_nowhere(["A", "B", "CA"])))
    assert credited["touch"].null_count() == 0
    expected = parts(Written(paths, ["A", "B", "CA"], 1).effects(0), 4)
    assert totals(credited, "share") == pytest.approx(expected, abs=1e-9)


def test_touches_of_one_channel_share_its_part_evenly() -> None:
    credited = credit(walked([("AABA", 90), ("B", 10)]), Markov(1))
    of_a = credited.filter(conversion=0, channel="A").filter(pl.col("touch").is_not_null())
    assert len(of_a) == 3
    assert of_a["share"].n_unique() == 1


def test_called_as_any_model_it_shares_by_the_channels_of_each_journey() -> None:
    frame, model = walked([("AB", 90), ("B", 10), ("AAB", 10)]), Markov(1, leading_nowhere(["A"]))
    effect = dict(model.effects(frame).select("channel", "conversions").iter_rows())
    a, b = effect["A"] / (effect["A"] + effect["B"]), effect["B"] / (effect["A"] + effect["B"])
    shuffled = frame.sample(fraction=1, shuffle=True, seed=3)
    expected = dict(zip(frame["touch"], [a, b, 1.0, a / 2, a / 2, b], strict=True))
    assert model(shuffled).to_list() == pytest.approx([expected[touch] for touch in shuffled["touch"]])


def test_a_refund_teaches_nothing_and_is_taken_back_in_the_same_parts() -> None:
    sold = [("AB", 600_000), ("B", 300_000), ("A", 100_000)]
    refunded = [*sold, ("AB", -600_000)]
    credited = credit(walked(refunded), Markov(1))
    assert credited.group_by("conversion").agg(pl.col("credit").sum()).sort("conversion")[
        "credit"
    ].to_list() == [value for _, value in refunded]
    found = totals(credited, "credit")
    # the refund is a fourth path with the value 0, so the chain's value is spread otherwise, but by one key
    keys = parts(Written(refunded, [], 1).effects(1), 400_000)
    assert found == pytest.approx(keys, abs=len(credited))


def test_values_of_nothing_go_as_conversions_go() -> None:
    credited = credit(walked([("AB", 0), ("B", 0)]), Markov(2))
    assert credited["credit"].to_list() == [0] * len(credited)
    assert credited["share"].sum() == pytest.approx(2)
    only_refunds = credit(walked([("AB", -300), ("B", -100)]), Markov(1))
    assert only_refunds["credit"].sum() == -400
    assert totals(only_refunds, "credit")["A"] < 0


def test_each_currency_learns_from_its_own_journeys() -> None:
    ours, theirs = walked([("AB", 10), ("B", 30)]), walked([("CB", 7), ("C", 9), ("B", 1)], "USD")
    theirs = theirs.with_columns(pl.col("conversion") + 10)
    mixed = credit(pl.concat([ours, theirs]).sort("position"), Markov(1))
    assert mixed.filter(currency="CNY").equals(credit(ours, Markov(1)))
    assert mixed.filter(currency="USD").equals(credit(theirs, Markov(1)))


def test_names_that_differ_in_case_only_are_one_channel() -> None:
    plain = Markov(2).effects(walked([(["Email", "Direct"], 1), (["Email"], 1)]))
    mixed = Markov(2).effects(walked([(["email ", "Direct"], 1), (["Email"], 1)]))
    assert mixed.equals(plain)
    unnamed = Markov(1).effects(walked([([""], 1)]))
    assert unnamed["channel"].to_list() == ["Unassigned"]


def test_a_chain_of_many_states_is_walked_to_the_same_end_as_it_is_solved() -> None:
    random = np.random.default_rng(5)
    lengths = random.integers(1, 12, 4000)
    codes = random.integers(0, 8, lengths.sum())
    gains = np.column_stack([np.ones(800), random.integers(1, 1000, 800)]).astype(float)
    fitted = chain(codes, lengths, gains, order=3, channels=8)
    assert len(fitted.begins) > DIRECT
    walked_through = absorbed(fitted)
    dense = fitted.moves.toarray()
    for case in range(9):
        kept = np.ones(len(dense), bool) if case == 0 else ~fitted.contains[:, case - 1]
        solved = fitted.begins[kept] @ np.linalg.solve(
            np.eye(kept.sum()) - dense[kept][:, kept], fitted.earns[kept]
        )
        assert walked_through[case] == pytest.approx(solved, abs=1e-12, rel=1e-12)


def test_a_chain_that_hardly_ends_is_solved_after_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.core.attribution.chain.DIRECT", 1)
    monkeypatch.setattr("hub.core.attribution.chain.SWEEPS", 3)
    paths, lost = [("ABAB" * 30, 10), ("BA" * 9 + "C", 20)], ["AB" * 50, "C"]
    found = dict(
        Markov(1, leading_nowhere(lost)).effects(walked(paths)).select("channel", "conversions").iter_rows()
    )
    assert found == pytest.approx(Written(paths, lost, 1).effects(0), abs=1e-12)


def test_a_walk_that_goes_round_for_long_is_shortened(monkeypatch: pytest.MonkeyPatch) -> None:
    def solved(*_: object) -> None:
        raise AssertionError("a walk of 2,000 sweeps did not end")

    monkeypatch.setattr("hub.core.attribution.chain.DIRECT", 1)
    monkeypatch.setattr("hub.core.attribution.chain._solved", solved)
    paths, lost = [("A" * 900 + "B", 3), ("BA" + "C" * 700, 2), ("CB", 2)], ["A" * 800, "CCB"]
    found = dict(
        Markov(1, leading_nowhere(lost)).effects(walked(paths)).select("channel", "conversions").iter_rows()
    )
    assert found == pytest.approx(Written(paths, lost, 1).effects(0), abs=1e-11)


def test_grams_too_many_to_count_one_by_one_are_sorted(monkeypatch: pytest.MonkeyPatch) -> None:
    paths, lost = [("ABCAB", 3), ("CBA", 4)], ["BCA", "A"]
    before = Markov(3, leading_nowhere(lost)).effects(walked(paths))
    monkeypatch.setattr("hub.core.attribution.chain.DENSE", 0)
    assert Markov(3, leading_nowhere(lost)).effects(walked(paths)).equals(before)


def test_more_channels_than_a_chain_can_number_are_refused() -> None:
    many = walked([([f"channel {number}" for number in range(6000)], 1)])
    with pytest.raises(ConfigError, match="6000 channels are too many for a chain of order 4"):
        credit(many, MODELS["markov-4"])


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_both_margins_hold_whatever_the_effects(data: st.DataObject) -> None:
    channels, groups = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 6))
    bits = st.lists(st.booleans(), min_size=channels, max_size=channels).filter(any)
    within = np.array(data.draw(st.lists(bits, min_size=groups, max_size=groups)))
    mass = np.array(data.draw(st.lists(st.integers(0, 99), min_size=groups, max_size=groups)), float)
    effect = np.array(data.draw(st.lists(st.floats(0.01, 1), min_size=channels, max_size=channels)))
    effect = np.where(within.any(axis=0), effect, 0)
    shares = balanced(within, mass, effect)
    assert shares.min() >= 0
    assert shares.sum(axis=1) == pytest.approx(np.ones(groups), abs=1e-12)
    assert mass @ shares == pytest.approx(effect / effect.sum() * mass.sum(), abs=1e-9)


def test_no_journeys_have_no_credit_and_no_effects() -> None:
    empty = pl.DataFrame(schema=JOURNEYS)
    assert Markov(1).spread(empty).is_empty()
    assert Markov(2)(empty).is_empty()


def test_a_null_path_is_of_who_never_converted_and_as_long_as_a_journey_may_be() -> None:
    touches = pl.DataFrame(
        [
            (1, 7, 0, "Old"), (3, 7, 50 * DAY, "B"), (2, 7, 50 * DAY, "A"), (4, 7, 60 * DAY, "C"),
            (5, 8, 60 * DAY, "D"), (6, None, 60 * DAY, "E"), (7, 6, 1, "F"),
        ],
        schema=["touch", "customer", "at", "channel"],
        orient="row",
    ).with_columns(source=pl.lit(""), medium=pl.lit(""), campaign=pl.lit("")).select(TOUCHES.names())  # fmt: skip
    bought = pl.Series([8, None], dtype=pl.Int64)
    month = nulls(touches, bought, lookback_us=30 * DAY)
    assert month.rows() == [(6, "F"), (7, "A"), (7, "B"), (7, "C")]
    assert nulls(touches, bought, lookback_us=60 * DAY)["channel"].to_list() == ["F", "Old", "A", "B", "C"]
    assert len(nulls(touches, bought, lookback_us=None)) == 5
    assert nulls(touches.clear(), bought, lookback_us=1).is_empty()


@given(
    st.lists(
        st.tuples(
            st.sampled_from([0, 1, 2, 3, 1 << 40, (1 << 40) + 1, -(1 << 62), 1 << 62, (1 << 62) + 1]),
            st.sampled_from([0, 1, 2, DAY, 400 * DAY, 400 * DAY + 1]),
            st.sampled_from("AB"),
        ),
        max_size=30,
    )
)
def test_the_touches_of_null_paths_come_by_customer_time_and_id(said: list[tuple[int, int, str]]) -> None:
    rows = [(number * 7 % 31, *touch, "", "", "") for number, touch in enumerate(said)]
    touches = pl.DataFrame(rows, schema=TOUCHES, orient="row")
    expected = touches.sort("customer", "at", "touch").select(NULLS.names()).rows()
    nobody = pl.Series([None], dtype=pl.Int64)
    assert nulls(touches, nobody, lookback_us=None).rows() == expected


def test_a_conversion_no_touch_led_to_is_no_path() -> None:
    touches = walked([("AB", 5)]).select(TOUCHES.names())
    bought = pl.DataFrame([(0, 0, 1000, 5, "CNY"), (1, 1, 1000, 9, "CNY")], schema=CONVERSIONS, orient="row")
    paths = journeys(touches, bought, lookback_us=None)
    assert len(unattributed(bought, paths)) == 1
    assert credit(paths, MODELS["markov-1"])["credit"].sum() == 5
