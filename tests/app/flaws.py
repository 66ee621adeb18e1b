"""Every known way to lose *any order, same result*, as a switch that plants it into the engine.

Those of the design's study of incremental resolution first, then those of what identical records added.
Not among them: a row number given out twice (a dead record's meets a fresh one's). Keys, edges, clusters and
judgements name records by their intrinsic keys alone, so there is no number that could be confused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import pytest
from hypothesis import strategies as st
from sqlalchemy import select

import hub.app.recompute as engine
import hub.app.walk as walk
from hub.core.cluster import IDENTICAL, Judged, Piece, cluster
from hub.core.cluster.groups import Groups
from hub.core.echo import echo_key
from hub.core.keys import Limits, number, word
from hub.core.keys import key as made_key
from hub.core.model import SourceRecord
from hub.store.session import Transaction
from hub.store.tables import blocking_keys, judgement_sides, source_records
from tests.app import histories as played
from tests.app.histories import (
    CAP,
    GRADES,
    POOL,
    QUICK,
    REF,
    History,
    K,
    Remembering,
    Veto,
    graded,
    histories,
)
from tests.factory import MATCHER

PIECES: Final = (False,)
ALIKE: Final = histories(
    PIECES, often={"copy": 5, "alter": 0, "same": 2, "apart": 3, "delete": 2, "retract": 2}
)
JUDGED: Final = histories(PIECES, often={"put": 3, "same": 3, "delete": 3, "apart": 0, "copy": 1})
FAINT: Final = histories(
    PIECES,
    people=st.sampled_from([one for one in POOL if echo_key(one) and not QUICK.identifies(one)]),
    often={"copy": 4, "same": 0, "apart": 0, "retract": 0},
)
REFERRED: Final = histories(
    PIECES,
    changes=[{"ref": REF}],
    often={"copy": 4, "put": 3, "same": 0, "apart": 0, "retract": 0},
)
"""In which identical records carry an id that others carry, too."""
CALM: Final = {"put": 1, "copy": 1, "same": 0, "apart": 0, "retract": 0}
GRADED: Final = histories(
    PIECES,
    people=graded,
    changes=[{"custom": grade} for grade in GRADES],
    often=CALM | {"copy": 0, "alter": 12},
)
LEAVING: Final = histories(
    PIECES,
    people=st.builds(
        lambda one, grade: one._replace(custom=(("grade", str(grade)),)),
        st.sampled_from(
            [one for one in POOL if one.given and one.birth_date and not (one.emails or one.phones)]
        ),
        st.integers(1, 20),
    ),
    often=CALM | {"put": 4, "copy": 0, "alter": 0, "delete": 6},
)
"""In which many share a name and a birth date and no other value, so that people leave who made those too common."""


@dataclass
class Stage:
    """Where a flaw is planted, and what a flawed engine would keep from one batch to the next."""

    patch: pytest.MonkeyPatch
    tx: Any = None
    """The transaction of the batch under way."""
    arrived: dict[int, int] = field(default_factory=dict)
    """Records in the order in which they were first seen."""
    sticky: set[int] = field(default_factory=set)
    """Keys that were generic once and are not yet forgiven."""
    counts: Counter[str] = field(default_factory=Counter)
    """How many records bear each given name now."""

    def watch(self) -> None:
        """Know what a batch writes before it is resolved."""
        put_wanted, recompute, wipe = engine.put_wanted, engine.recompute, played.wipe

        def put(tx: Transaction, wanted: Mapping[int, Any]) -> Any:
            for key in wanted:
                self.arrived.setdefault(key, len(self.arrived))
            return put_wanted(tx, wanted)

        def again(tx: Transaction, *given: Any, **named: Any) -> Any:
            self.tx = tx
            texts = tx.rows(select(source_records.c.record, source_records.c.content))
            self.counts = Counter(SourceRecord.load(*row).given for row in texts)
            return recompute(tx, *given, **named)

        def start(store: Any) -> None:
            self.arrived.clear()
            self.sticky.clear()
            wipe(store)

        self.patch.setattr(engine, "put_wanted", put)
        self.patch.setattr(engine, "recompute", again)
        self.patch.setattr(played, "wipe", start)

    def holders_of(self, key: int) -> int:
        return self._count("SELECT count(*) FROM blocking_keys WHERE key = ?", key)

    def homes_of(self, key: int) -> int:
        """How many clusters hold a key."""
        return self._count(
            "SELECT count(DISTINCT cluster) FROM clusters NATURAL JOIN blocking_keys WHERE key = ?", key
        )

    def _count(self, query: str, key: int) -> int:
        return self.tx.cursor().execute(query, (key,)).fetchone()[0]


Plant = Callable[[Stage], None]


@dataclass(frozen=True)
class Flaw:
    """A switch, and the histories that show it."""

    plant: Plant
    one_batch: Literal["", "pieces", "anew"] = ""
    """Compare with one batch by the same flawed engine: for rules that are no function of the final records."""
    matcher: Callable[[Stage], Remembering] = lambda stage: QUICK
    histories: st.SearchStrategy[History] = field(default_factory=lambda: histories(PIECES))
    veto: Veto | None = None
    cap: int | None = None
    shown_by: tuple[type[Exception], ...] = (AssertionError,)

    @property
    def __name__(self) -> str:
        return self.plant.__name__


# flips


def nothing_is_done_for_flips(stage: Stage) -> None:
    _with_flips(stage, up=False, down=False)


def who_held_a_key_that_goes_generic_is_forgotten(stage: Stage) -> None:
    _with_flips(stage, up=False, down=True)


def who_holds_a_key_that_goes_live_is_forgotten(stage: Stage) -> None:
    _with_flips(stage, up=True, down=False)


def _with_flips(stage: Stage, *, up: bool, down: bool) -> None:
    whole = engine._change_keys

    def broken(tx: Transaction, was: Any, echoes: Any, book: Any) -> dict[int, set[int]]:
        turned = whole(tx, was, echoes, book)
        return {key: held for key, held in turned.items() if (up if book.is_generic(key) else down)}

    stage.patch.setattr(engine, "_change_keys", broken)


def who_shares_another_key_is_let_go_too(stage: Stage) -> None:
    whole = engine._swayed

    def broken(edges: Any, dirty: Any, turned: Any, book: Any) -> dict[tuple[int, int], bool]:
        full = [held for key, held in turned.items() if book.is_generic(key)]
        return {
            pair: live and not any(held.issuperset(pair) for held in full)
            for pair, live in whole(edges, dirty, turned, book).items()
        }

    stage.patch.setattr(engine, "_swayed", broken)


def flipped_records_count_only_if_an_edge_of_theirs_changed(stage: Stage) -> None:
    whole = engine._change_clusters
    keys = engine._change_keys
    flipped: list[set[int]] = []

    def noted(tx: Transaction, was: Any, echoes: Any, book: Any) -> Any:
        turned = keys(tx, was, echoes, book)
        flipped.append(set[int]().union(*turned.values()) - was.keys() - echoes.turned)
        return turned

    edges = engine._change_edges
    ends: list[set[int]] = []

    def told(*given: Any) -> set[int]:
        ends.append(edges(*given))
        return ends[-1]

    def broken(tx: Any, matcher: Any, seeds: set[int], *rest: Any) -> Any:
        return whole(tx, matcher, seeds - (flipped[-1] - ends[-1]), *rest)

    stage.patch.setattr(engine, "_change_keys", noted)
    stage.patch.setattr(engine, "_change_edges", told)
    stage.patch.setattr(engine, "_change_clusters", broken)


def different_grades(one: SourceRecord, other: SourceRecord, generic: Collection[int]) -> bool:
    """A veto by a value without weight, that reads whether the value is generic."""
    if not (one.custom and other.custom) or one.custom == other.custom:
        return False
    return not {*map(_grade_key, (one, other))} & set(generic)


def vetoing(stage: Stage) -> None:
    """Not a flaw: have the engine ask that veto."""

    def clustered(matcher: Any, known: Any, crowded: Any, piece: Any, edges: Any, bound: Judged) -> Piece:
        held = {_grade_key(known(one)) for one in piece if known(one).custom}
        generic = {key for key in held if stage.holders_of(key) > K}

        def contradict(a: int, b: int) -> bool:
            return matcher.contradicts(known(a), known(b)) or different_grades(known(a), known(b), generic)

        return cluster(
            piece,
            edges,
            bound,
            link=matcher.model.link,
            trait=known,
            contradict=contradict,
            forgive=lambda clashes, left, right: matcher.forgives(
                [(known(a), known(b)) for a, b in clashes], [*map(known, left)], [*map(known, right)]
            ),
            together=lambda left, right: matcher.weight_together(
                [*map(known, left)], [*map(known, right)], crowded([*left, *right])
            ),
        )

    stage.patch.setattr(walk, "clustered", clustered)


def _grade_key(record: SourceRecord) -> int:
    return made_key(number("custom"), "\x1f".join(record.custom[0]))


def flipped_records_whose_veto_alone_changed_are_forgotten(stage: Stage) -> None:
    vetoing(stage)
    flipped_records_count_only_if_an_edge_of_theirs_changed(stage)


# which values are generic


def the_first_few_of_a_full_key_are_candidates(stage: Stage) -> None:
    whole = walk.holders
    stage.patch.setattr(
        walk,
        "holders",
        lambda *given: {key: set(sorted(held)[:K]) for key, held in whole(*given).items()},
    )


def a_sample_of_the_holders_is_taken_for_all(stage: Stage) -> None:
    whole, read = engine._change_keys, walk.holders

    def broken(tx: Transaction, was: Any, echoes: Any, book: Any) -> Any:
        known = {key: set(held) for key, held in book.held.items()}

        def once(tx: Transaction, keys: Collection[int], limit: Any) -> dict[int, set[int]]:
            known.update(read(tx, set(keys) - known.keys(), limit))
            return {key: known[key] for key in keys if key in known}

        with stage.patch.context() as patched:
            patched.setattr(walk, "holders", once)
            return whole(tx, was, echoes, book)

    stage.patch.setattr(engine, "_change_keys", broken)


def a_generic_value_still_is_evidence(stage: Stage) -> None:
    whole = engine._weigh

    def broken(matcher: Any, pairs: Any, book: Any) -> Any:
        with stage.patch.context() as patched:
            patched.setattr(book, "evidence", lambda records: set[int]())
            return whole(matcher, pairs, book)

    stage.patch.setattr(engine, "_weigh", broken)


def what_was_generic_stays_so_until_far_fewer_hold_it(stage: Stage) -> None:
    whole = engine._change_keys

    def limit(_: Limits, key: int) -> int:
        return K // 2 if key in stage.sticky else K

    def broken(tx: Transaction, was: Any, echoes: Any, book: Any) -> Any:
        turned = whole(tx, was, echoes, book)
        full = {key for key, held in book.held.items() if len(held) > limit(Limits(), key)}
        stage.sticky = stage.sticky - book.held.keys() | full
        return turned

    stage.patch.setattr(Limits, "of", limit)
    stage.patch.setattr(engine, "_change_keys", broken)


def customers_are_counted_that_hold_a_value(stage: Stage) -> None:
    stage.patch.setattr(Limits, "of", lambda _, key: K if stage.homes_of(key) > K else 1000)


def a_key_is_made_narrower_once_many_hold_it(stage: Stage) -> None:
    whole = engine._keys

    def keys(record: SourceRecord) -> tuple[int, ...]:
        broad = whole(record)
        full = [key for key in broad if record.given and stage.holders_of(key) > K]
        return tuple({*broad, *(made_key(key & 31, key, word(record.given)) for key in full)})

    def write(tx: Transaction, added: list[tuple[int, int]], removed: list[tuple[int, int]]) -> None:
        tx.delete(blocking_keys, ("key", "record"), removed)
        tx.add(blocking_keys, ("key", "record"), added)

    stage.patch.setattr(engine, "_keys", keys)
    stage.patch.setattr(engine, "write_keys", write)


# what a weight is


class Live(Remembering):
    """Weighs a name by how many bear it now."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage

    def weight(self, a: SourceRecord, b: SourceRecord, generic: Collection[int] = ()) -> int:
        return super().weight(a, b, generic) - 60 * self.stage.counts[a.given]


class Growing(Live):
    """Reckons with a prior of how many records there are."""

    def weight(self, a: SourceRecord, b: SourceRecord, generic: Collection[int] = ()) -> int:
        return Remembering.weight(self, a, b, generic) - 10 * self.stage.counts.total()


class Lopsided(Live):
    """Weighs the record that came first against the other, not quite as the other way round."""

    def weight(self, a: SourceRecord, b: SourceRecord, generic: Collection[int] = ()) -> int:
        if self.stage.arrived[a.key] > self.stage.arrived[b.key]:
            a, b = b, a
        return Remembering.weight(self, a, b, generic) + (a.emails > b.emails)


class Floating(Live):
    """Adds up fractions, as the columns do not."""

    def weight(self, a: SourceRecord, b: SourceRecord, generic: Collection[int] = ()) -> int:
        told = MATCHER.explain(a, b, generic)
        return int(100 * sum((step.weight / 100 for step in told.steps), told.prior / 100))


class Hasty(Live):
    """Takes who does not match for one who may not, whatever becomes generic."""

    def may_match(self, a: SourceRecord, b: SourceRecord) -> bool:
        return self.weight(a, b) >= self.model.review

    def weight(self, a: SourceRecord, b: SourceRecord, generic: Collection[int] = ()) -> int:
        return Remembering.weight(self, a, b, generic)


def names_are_weighed_by_how_many_bear_them_now(stage: Stage) -> None:
    """Nothing to plant but the matcher."""


def the_prior_grows_with_the_records(stage: Stage) -> None:
    """Nothing to plant but the matcher."""


def who_came_first_is_the_first_argument(stage: Stage) -> None:
    """Nothing to plant but the matcher."""


def a_value_that_turns_generic_is_taken_for_one_that_speaks_against(stage: Stage) -> None:
    """Nothing to plant but the matcher."""


def weights_are_sums_of_fractions(stage: Stage) -> None:
    """Nothing to plant but the matcher."""


# which pieces are clustered anew, and how


def seeds_are_the_changed_records_alone(stage: Stage) -> None:
    whole = engine._change_edges

    def broken(*given: Any) -> set[int]:
        whole(*given)
        return set()

    stage.patch.setattr(engine, "_change_edges", broken)


def seeds_are_the_ends_of_removed_edges_alone(stage: Stage) -> None:
    whole, write = engine._change_edges, engine.write_edges

    def broken(*given: Any) -> set[int]:
        ends: set[int] = set()

        def spy(tx: Transaction, put: Any, removed: Collection[tuple[int, int]]) -> None:
            ends.update(record for pair in removed for record in pair)
            write(tx, put, removed)

        with stage.patch.context() as patched:
            patched.setattr(engine, "write_edges", spy)
            whole(*given)
        return ends

    stage.patch.setattr(engine, "_change_edges", broken)


def partners_of_a_judgement_are_forgotten(stage: Stage) -> None:
    stage.patch.setattr(walk.Judgements, "named_with", lambda self, records: set())


def a_new_judgement_moves_nobody(stage: Stage) -> None:
    whole = engine.recompute

    def broken(*given: Any, judged_records: Any, **named: Any) -> Any:
        return whole(*given, **named)

    stage.patch.setattr(engine, "recompute", broken)


def a_judgement_is_lost_with_its_record(stage: Stage) -> None:
    whole = engine.put_wanted

    def broken(tx: Transaction, wanted: Mapping[int, Any]) -> Any:
        gone = [record for record, row in wanted.items() if row is None]
        tx.execute(judgement_sides.delete().where(judgement_sides.c.record.in_(gone)))
        return whole(tx, wanted)

    stage.patch.setattr(engine, "put_wanted", broken)


def ties_fall_by_arrival(stage: Stage) -> None:
    whole = walk.clustered

    def broken(matcher: Any, known: Any, generic: Any, piece: Any, edges: Any, bound: Judged) -> Piece:
        back = {place: record for record, place in stage.arrived.items()}
        place = {record: stage.arrived.get(record, 1000 + record) for record in played.KEYS}

        def renamed(records: Collection[int]) -> tuple[int, ...]:
            return tuple(place[record] for record in records)

        labels = whole(
            matcher,
            lambda place: known(back[place]),
            lambda places: generic([back[place] for place in places]),
            renamed(piece),
            [(*sorted((place[a], place[b])), weight) for a, b, weight in edges],
            Judged(
                tuple((place[a], place[b]) for a, b in bound.same),
                tuple((renamed(left), renamed(right)) for left, right in bound.one),
                {
                    group: {place[record]: side for record, side in sides.items()}
                    for group, sides in (bound.apart or {}).items()
                },
            ),
        ).labels
        # named as ever, so that only who is with whom can differ
        homes: dict[int, list[int]] = {}
        for one, label in labels.items():
            homes.setdefault(label, []).append(back[one])
        return Piece({record: min(its) for its in homes.values() for record in its})

    stage.patch.setattr(walk, "clustered", broken)


# what clusters know together


def edges_under_the_link_lead_nowhere(stage: Stage) -> None:
    whole = walk.edges_around
    stage.patch.setattr(
        walk,
        "edges_around",
        lambda *given: [edge for edge in whole(*given) if edge[2] >= MATCHER.model.link],
    )


def generic_values_speak_for_clusters(stage: Stage) -> None:
    stage.patch.setattr(walk.Book, "generic", lambda self, records: set())


def the_first_to_arrive_are_compared_of_a_cluster(stage: Stage) -> None:
    whole = walk.clustered

    def broken(*given: Any) -> Piece:
        with stage.patch.context() as patched:
            patched.setattr(
                Groups,
                "voices",
                lambda self, home: sorted(
                    (one for one in self.members[home] if one not in self.echoes),
                    key=lambda one: stage.arrived.get(one, one),
                ),
            )
            return whole(*given)

    stage.patch.setattr(walk, "clustered", broken)


# identical records


def an_echo_keeps_its_keys(stage: Stage) -> None:
    stage.patch.setattr(engine, "kept_by_echoes", tuple)


def a_deleted_voice_hands_nothing_over(stage: Stage) -> None:
    whole = engine._find_echoes

    def broken(tx: Any, matcher: Any, texts: Mapping[int, str], named: Any, book: Any) -> Any:
        there = {record: text for record, text in texts.items() if record in book.known}
        return whole(tx, matcher, there, named, book)

    stage.patch.setattr(engine, "_find_echoes", broken)


def a_judged_voice_keeps_its_echoes(stage: Stage) -> None:
    stage.patch.setattr(engine._Echoes, "moved", engine._Echoes.turned)


def a_judged_record_stays_an_echo(stage: Stage) -> None:
    whole = engine.voices
    stage.patch.setattr(engine, "voices", lambda records, private: whole(records, ()))


def a_judgement_makes_nobody_look_for_echoes(stage: Stage) -> None:
    whole = engine._find_echoes
    stage.patch.setattr(
        engine,
        "_find_echoes",
        lambda tx, matcher, texts, named, book: whole(tx, matcher, texts, (), book),
    )


def an_echo_that_speaks_again_is_not_compared(stage: Stage) -> None:
    stage.patch.setattr(
        engine._Echoes, "moved", property(lambda self: set(self.now.keys() - self.was.keys()))
    )


def too_little_to_be_anybody_makes_an_echo(stage: Stage) -> None:
    class Generous(Remembering):
        def identifies(self, record: SourceRecord) -> bool:
            return True

    whole, generous = engine._find_echoes, Generous()
    stage.patch.setattr(
        engine,
        "_find_echoes",
        lambda tx, matcher, *rest: whole(tx, generous, *rest),
    )


def echoes_count_for_the_size_of_a_cluster(stage: Stage) -> None:
    whole = walk.clustered

    def broken(matcher: Any, known: Any, generic: Any, piece: Any, edges: Any, bound: Judged) -> Piece:
        told = [(a, b, min(weight, IDENTICAL - 1)) for a, b, weight in edges]
        return whole(matcher, known, generic, piece, told, bound)

    stage.patch.setattr(walk, "clustered", broken)


def a_flipped_voice_loses_its_echoes(stage: Stage) -> None:
    whole, read = engine._change_edges, engine.edges_of

    def broken(
        tx: Any, matcher: Any, texts: Any, dirty: Any, turned: Any, echoes: Any, book: Any
    ) -> set[int]:
        ends = whole(tx, matcher, texts, dirty, turned, echoes, book)
        flipped = dirty.union(*turned.values()) - texts.keys() - echoes.moved
        lost = [
            (a, b)
            for a, b, weight in read(tx, list(flipped))
            if weight == IDENTICAL and a < b and not {a, b} & echoes.looked
        ]
        engine.write_edges(tx, {}, lost)
        return ends | {record for pair in lost for record in pair}

    stage.patch.setattr(engine, "_change_edges", broken)


def echoes_are_not_told_of_a_flip(stage: Stage) -> None:
    stage.patch.setattr(engine, "_spoken_for", lambda tx, voices, book: set[int]())


FLAWS: Final = (
    Flaw(nothing_is_done_for_flips),
    Flaw(who_held_a_key_that_goes_generic_is_forgotten),
    Flaw(who_holds_a_key_that_goes_live_is_forgotten),
    Flaw(who_shares_another_key_is_let_go_too),
    Flaw(
        flipped_records_whose_veto_alone_changed_are_forgotten,
        histories=GRADED,
        veto=different_grades,
    ),
    Flaw(the_first_few_of_a_full_key_are_candidates),
    Flaw(a_sample_of_the_holders_is_taken_for_all),
    Flaw(a_generic_value_still_is_evidence),
    Flaw(what_was_generic_stays_so_until_far_fewer_hold_it, "pieces"),
    Flaw(customers_are_counted_that_hold_a_value, "pieces"),
    Flaw(a_key_is_made_narrower_once_many_hold_it, "pieces", shown_by=(AssertionError, KeyError)),
    Flaw(names_are_weighed_by_how_many_bear_them_now, "pieces", Live),
    Flaw(the_prior_grows_with_the_records, "pieces", Growing),
    Flaw(who_came_first_is_the_first_argument, "pieces", Lopsided),
    Flaw(weights_are_sums_of_fractions, "anew", Floating),
    Flaw(a_value_that_turns_generic_is_taken_for_one_that_speaks_against, matcher=Hasty),
    Flaw(seeds_are_the_changed_records_alone),
    Flaw(seeds_are_the_ends_of_removed_edges_alone, histories=LEAVING),
    Flaw(partners_of_a_judgement_are_forgotten, histories=JUDGED),
    Flaw(a_new_judgement_moves_nobody),
    Flaw(a_judgement_is_lost_with_its_record, histories=JUDGED),
    Flaw(ties_fall_by_arrival, cap=2),
    Flaw(edges_under_the_link_lead_nowhere),
    Flaw(generic_values_speak_for_clusters),
    Flaw(the_first_to_arrive_are_compared_of_a_cluster, cap=CAP),
    Flaw(an_echo_keeps_its_keys, histories=ALIKE),
    Flaw(a_deleted_voice_hands_nothing_over, histories=ALIKE),
    Flaw(a_judged_voice_keeps_its_echoes, histories=ALIKE),
    Flaw(a_judged_record_stays_an_echo, histories=ALIKE),
    Flaw(a_judgement_makes_nobody_look_for_echoes, histories=ALIKE),
    Flaw(an_echo_that_speaks_again_is_not_compared, histories=ALIKE),
    Flaw(too_little_to_be_anybody_makes_an_echo, histories=FAINT),
    Flaw(echoes_count_for_the_size_of_a_cluster, histories=ALIKE, cap=CAP),
    Flaw(a_flipped_voice_loses_its_echoes, histories=ALIKE),
    Flaw(echoes_are_not_told_of_a_flip, histories=REFERRED),
)
