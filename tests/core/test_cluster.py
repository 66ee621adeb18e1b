from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pytest

from hub.core.cluster import IDENTICAL, MOST, SIZE_CAP, Joined, Judged, Piece, cluster

NAMES = {1: "ann", 2: "ann", 3: "bob", 4: "", 5: ""}
"""Records that name somebody; one without a name contradicts nobody."""


UNJUDGED = Judged()


def clustered(
    edges: list[tuple[int, int, int]], names: Mapping[int, str] = NAMES, judgements: Judged = UNJUDGED
) -> Piece:
    return cluster(
        names,
        edges,
        judgements,
        link=400,
        trait=names.__getitem__,
        contradict=lambda a, b: bool(names[a] and names[b] and names[a] != names[b]),
    )


def together(piece: Piece) -> set[frozenset[int]]:
    homes: dict[int, set[int]] = {}
    for record, label in piece.labels.items():
        homes.setdefault(label, set()).add(record)
    return {frozenset(home) for home in homes.values()}


def test_a_record_that_fits_two_people_equally_well_joins_neither() -> None:
    piece = clustered([(1, 4, 900), (3, 4, 850)])
    assert together(piece) == {frozenset({one}) for one in NAMES}
    assert {held.guard for held in piece.held_back.values()} == {"too close"}


@pytest.mark.parametrize("weight", [0, 399, 400, 900, IDENTICAL])
@pytest.mark.parametrize("two", [(1, 2), (1, 3), (1, 4), (4, 5)])
def test_two_records_are_what_they_are_beside_a_stranger(two: tuple[int, int], weight: int) -> None:
    alone = {record: NAMES[record] for record in two}
    beside = alone | {7: "zoe"}
    edges = [(*two, weight)]
    found, general = clustered(edges, alone), clustered(edges, beside)
    assert found.labels == {record: general.labels[record] for record in two}
    assert found.held_back == general.held_back


def test_what_a_judgement_excuses_it_excuses_in_another_cluster_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.core.cluster.groups.SIZE_CAP", 2)
    names = {1: "ann", 2: "bob", 3: "ann", 4: "bob"}
    edges = [(1, 3, 800), (3, 4, 900)]
    assert together(clustered(edges, names)) == {frozenset({1, 3}), frozenset({2}), frozenset({4})}
    said = Judged(same=((1, 2),), one=(((1,), (2,)),))
    assert together(clustered(edges, names, said)) == {frozenset({1, 2}), frozenset({3, 4})}


def test_a_tie_far_behind_the_strongest_link_does_not_matter() -> None:
    names = {1: "ann", 2: "ann lee", 3: "bob", 4: ""}
    piece = clustered([(1, 4, 2586), (2, 4, 493), (3, 4, 493)], names)
    assert frozenset({1, 4}) in together(piece)


def test_an_echo_stays_with_its_voice_whoever_else_that_is_torn_between() -> None:
    piece = clustered([(4, 5, IDENTICAL), (1, 4, 900), (3, 4, 850)])
    assert frozenset({4, 5}) in together(piece)
    assert set(piece.held_back) == {(1, 4), (3, 4)}


def test_echoes_do_not_count_for_the_size_a_cluster_may_have() -> None:
    many = SIZE_CAP + 50
    names = dict.fromkeys(range(1, many + 1), "ann") | {many + 1: "ann"}
    star = [(1, other, IDENTICAL) for other in range(2, many + 1)]
    assert len(together(clustered([*star, (1, many + 1, 900)], names))) == 1
    chain = [(one, one + 1, 900) for one in range(1, many)]
    piece = clustered(chain, dict.fromkeys(range(1, many + 1), "ann"))
    assert max(map(len, together(piece))) == SIZE_CAP
    assert {held.guard for held in piece.held_back.values()} == {"size"}


def test_echoes_are_not_asked_whom_they_contradict() -> None:
    asked: list[tuple[int, int]] = []
    many = range(1, 301)

    def contradict(a: int, b: int) -> bool:
        asked.append((a, b))
        return False

    star = [(1, other, IDENTICAL) for other in many if other > 1]
    bob, ann = 301, 302  # ids of their own, as records have
    piece = cluster(
        [*many, bob, ann], [*star, (1, bob, 900), (1, ann, 800)], Judged(), link=400, trait=lambda one: one,
        contradict=contradict,
    )  # fmt: skip
    assert len(together(piece)) == 1
    assert set(asked) <= {(1, bob), (1, ann), (bob, ann)}


def test_records_that_look_alike_are_asked_about_once_whatever_their_ids() -> None:
    asked: list[tuple[int, int]] = []
    names = {key: "bob" if key > 40 else "ann lee" if key % 2 else "ann" for key in range(1, 81)}

    def contradict(a: int, b: int) -> bool:
        asked.append((a, b))
        return {names[a], names[b]} >= {"bob"}

    links = [(a, b, 900 if names[a] == names[b] else 500) for a in names for b in names if a < b]
    piece = cluster(names, links, Judged(), link=400, trait=names.__getitem__, contradict=contradict, ref=str)
    assert together(piece) == {frozenset(range(1, 41)), frozenset(range(41, 81))}
    assert len(asked) == 3, "once for each two names"


def test_records_of_one_id_are_one_whatever_their_names_and_speak_for_no_others() -> None:
    ids = {1: "crm/1", 3: "crm/1", 2: "crm/2", 4: "", 5: ""}
    for edges, guards in (([(1, 3, 900)], set[str]()), ([(2, 3, 900)], {"contradiction"})):
        piece = cluster(
            NAMES, edges, Judged(), link=400, trait=NAMES.__getitem__, ref=ids.__getitem__,
            contradict=lambda a, b: NAMES[a] != NAMES[b],
        )  # fmt: skip
        assert {held.guard for held in piece.held_back.values()} == guards


ALIKE = dict.fromkeys(range(1, 9), "ann")


def known_together(*worth: tuple[set[int], set[int], int]) -> Callable[[Sequence[int], Sequence[int]], int]:
    """What clusters that have these records know together."""

    def compare(left: Sequence[int], right: Sequence[int]) -> int:
        sides = (set(left), set(right)), (set(right), set(left))
        return max((w for a, b, w in worth for x, y in sides if a <= x and b <= y), default=0)

    return compare


def joined(
    edges: list[tuple[int, int, int]],
    compare: Callable[[Sequence[int], Sequence[int]], int],
    names: Mapping[int, str] = ALIKE,
) -> Piece:
    return cluster(
        names, edges, Judged(), link=400, trait=names.__getitem__, together=compare,
        contradict=lambda a, b: names[a] != names[b],
    )  # fmt: skip


def test_two_records_join_a_third_that_is_like_neither() -> None:
    edges = [(1, 2, 500), (1, 3, 200), (2, 3, 100)]
    piece = joined(edges, known_together(({1, 2}, {3}, 450)))
    assert frozenset({1, 2, 3}) in together(piece)
    assert piece.joined == (Joined(450, (1, 2), (3,)),)
    assert frozenset({1, 2}) in together(joined(edges, known_together(({1, 2}, {3}, 399))))
    assert frozenset({1, 2}) in together(joined([(1, 2, 500)], known_together(({1, 2}, {3}, 450)))), (
        "nothing of theirs is alike"
    )


def test_what_a_join_teaches_counts_for_the_next_one() -> None:
    edges = [(1, 2, 500), (2, 3, 100), (3, 4, 0)]
    compare = known_together(({1, 2}, {3}, 450), ({1, 2, 3}, {4}, 420))
    assert frozenset({1, 2, 3, 4}) in together(joined(edges, compare))
    assert frozenset({3, 4}) not in together(joined(edges[:2], compare))


def test_the_strongest_are_joined_first_and_ties_fall_by_the_smallest_records() -> None:
    names = ALIKE | {3: "ann or bob", 4: "ann or eve"}  # either fits, and they are two people
    edges = [(1, 2, 500), (2, 3, 100), (2, 4, 100)]

    def contradict(a: int, b: int) -> bool:
        return {names[a], names[b]} == {"ann or bob", "ann or eve"}

    for bob, eve, one in ((450, 460, 4), (450, 450, 3)):
        compare = known_together(({1, 2}, {3}, bob), ({1, 2}, {4}, eve))
        piece = cluster(
            names, edges, Judged(), link=400, trait=names.__getitem__, together=compare, contradict=contradict
        )
        assert frozenset({1, 2, one}) in together(piece)


def test_what_holds_a_link_back_holds_this_back() -> None:
    compare = known_together(({1, 2}, {3}, 900), ({1, 2}, {4}, 900))
    names = ALIKE | {3: "bob"}
    assert frozenset({1, 2}) in together(joined([(1, 2, 500), (2, 3, 100)], compare, names))
    torn = ALIKE | {2: "", 3: "bob"}
    edges = [(1, 2, 500), (2, 3, 490), (1, 3, 100)]  # a mailbox that fits two people
    assert together(clustered(edges, torn)) == together(joined(edges, compare, torn))
    apart = Judged(apart={1: {1: 0, 4: 1}})
    piece = cluster(
        ALIKE, [(1, 2, 500), (2, 4, 100)], apart, link=400, trait=ALIKE.__getitem__,
        contradict=lambda a, b: False, together=compare,
    )  # fmt: skip
    assert frozenset({1, 2}) in together(piece)


def test_no_more_of_a_cluster_is_compared_than_the_first_few_records_that_speak_for_themselves() -> None:
    asked: list[tuple[Sequence[int], Sequence[int]]] = []

    def compare(left: Sequence[int], right: Sequence[int]) -> int:
        asked.append((left, right))
        return 0

    many = dict.fromkeys(range(1, 3 * MOST), "ann")
    echoes = [(1, other, IDENTICAL) for other in range(2, MOST)]
    links = [(1, other, 500) for other in range(MOST, len(many))]
    joined([*echoes, *links, (1, len(many), 100)], compare, many)
    assert asked == [([1, *range(MOST, 2 * MOST - 1)], [len(many)])]
