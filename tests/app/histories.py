"""Random histories of source records and judgements, and by brute force what any of them must end up with.

The oracle looks at all pairs of the final records and clusters every connected piece of the graph. Weights,
contradictions and the piece function are shared with the engine; what is checked is that neither the
order nor the batching of what happened matters. (Not the whole graph in one call: a judgement that two are
the same excuses names that differ within its own piece, not those of namesakes elsewhere.) Pure functions are remembered, so that thousands of
histories cost a minute.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import combinations, product
from typing import Any, Final, Literal, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import hub.app.rebuild as rebuild
import hub.app.recompute as engine
import hub.app.walk as walk
from hub.core import echo as echoing
from hub.core.block import blocking_keys, kind_of
from hub.core.cluster import IDENTICAL, cluster, judged
from hub.core.match import Matcher, evidence_keys, value_keys
from hub.core.match.comparisons import kind
from hub.core.model import Judgement, SourceRecord
from hub.store.identity import SourceRow
from hub.store.judgements import judge, retract
from hub.store.session import Store, Transaction
from tests.factory import MATCHER, crowd

K: Final = 3
"""So small that values go generic, and live again, all the time."""
CAP: Final = 4
"""Different records a cluster may have, where a history asks for a small cap."""
KEYS: Final = range(1, 10)
FIRST: Final = (5, 9, 4, 8, 3, 7, 2, 6, 1)
"""The keys that come first, so that smaller ones come after larger ones."""
REF: Final = "crm/customers/1"

MAILBOXES: Final = ("zw@acme.com", "bm@x.org", "am@x.org", "info@acme.com")
PHONES: Final = ("+8613912345678", "+15551234567", "+15557654321")
HOME: Final = {"house": "12", "street": "oak street", "city": "boston", "postal_code": "02101"}
ZHANG: Final = {"given": "wei", "family": "zhang"}
BORN: Final = {"birth_date": "19800304"}
PERSONAS: Final = (
    # names, mailboxes, telephones, papers, places: a customer's records have one of each
    (
        (ZHANG, {**ZHANG, "han": "张伟"}, {"given": "zhang", "family": "wei"}),
        (0, None), (0, None), ({}, BORN, {**BORN, "national_id": "110101198003041234"}), ({},),
    ),
    (
        ({"given": "bob", "family": "miller"}, {"given": "robert", "family": "miller"}),
        (1, (1, 2), None), (1, None), ({}, {"birth_date": "19810304"}), ({}, HOME),
    ),
    (({"given": "ann", "family": "miller"}, {"given": "ann"}), (1, 2, None), (1, 2), ({}, BORN), ({}, HOME)),
    (({"organization": "acme"},), (3, 0, None), (2, None), ({},), ({}, {"city": "boston"})),
    (({}, {"given": "wei"}), (0, 1, 3, None), (0, 1, None), ({}, BORN), ({}, {"city": "boston"})),
)  # fmt: skip


def _values(of: Sequence[str], place: int | tuple[int, ...] | None) -> tuple[str, ...]:
    places = () if place is None else (place,) if isinstance(place, int) else place
    return tuple(sorted(of[one] for one in places))


POOL: Final = tuple(
    SourceRecord(0, emails=_values(MAILBOXES, email), phones=_values(PHONES, phone), handles=handles, **told)
    for names, emails, phones, papers, places in PERSONAS
    for name, email, phone, paper, place, handles in product(
        names, emails, phones, papers, places, ((), (), ("x:bob",))
    )
    for told in ({**name, **paper, **place},)
)
CHANGES: Final = (
    {"ref": REF},
    {"ref": ""},
    {"phones": (PHONES[1],)},
    {"phones": ()},
    {"emails": (MAILBOXES[1],)},
    {"emails": (MAILBOXES[3],)},
    {"birth_date": "19800304"},
    {"birth_date": ""},
    {"given": "robert"},
)

A, B = (("grade", "a"),), (("grade", "b"),)
GRADES: Final = (A, A, A, B, B, ())
"""Values of a field that no comparison weighs."""

OFTEN: Final = {"put": 2, "copy": 2, "alter": 2, "delete": 1, "same": 1, "apart": 1, "retract": 1}
"""How many of each operation to how many of the others."""

people = st.sampled_from(POOL)
related = st.sampled_from([one for one in POOL if one.given in ("wei", "bob", "ann") and one.emails])
"""Such as are linked to others more often than not."""
graded = st.builds(
    lambda one, grade: one._replace(custom=grade),
    related,
    st.sampled_from(GRADES),
)
records = st.sampled_from(KEYS)
several = st.frozensets(records, min_size=1, max_size=3)


class History(NamedTuple):
    """What happened, in batches, and how it is played."""

    batches: list[list[tuple[Any, ...]]]
    anew: tuple[bool, ...] = (False,)
    """Which batches, in turn, are made anew in columns; the others piece by piece."""


def histories(
    *anew: tuple[bool, ...],
    people: st.SearchStrategy[SourceRecord] = people,
    changes: Sequence[Mapping[str, Any]] = CHANGES,
    often: Mapping[str, int] = {},
) -> st.SearchStrategy[History]:
    """Histories of such people and changes, played in one of the ways given; ``often`` is how many of each operation."""
    kinds = {
        "put": st.tuples(st.just("put"), records, people),
        "copy": st.tuples(st.just("copy"), several, records),
        "alter": st.tuples(st.just("alter"), records, st.sampled_from(changes)),
        "delete": st.tuples(st.just("delete"), records),
        "same": st.tuples(st.just("same"), several, several),
        "apart": st.tuples(st.just("apart"), several, several),
        "retract": st.tuples(st.just("retract"), st.integers(0, 3)),
    }
    operations = st.one_of([kinds[name] for name, count in (OFTEN | often).items() for _ in range(count)])
    batches = st.builds(
        lambda first, then: [[("put", *pair) for pair in zip(FIRST, first, strict=False)], *then],
        st.lists(people, min_size=2, max_size=8),
        st.lists(st.lists(operations, min_size=1, max_size=6), min_size=1, max_size=9),
    )
    return st.builds(History, batches, st.sampled_from(anew))


Veto = Callable[[SourceRecord, SourceRecord, Collection[int]], bool]
"""Whether two records contradict each other, given which keys are generic."""


@dataclass
class World:
    """What is true: the records there are and the judgements in force. Nothing here is read from the store."""

    records: dict[int, SourceRecord] = field(default_factory=dict)
    said: dict[int, Judgement] = field(default_factory=dict)
    made: list[int] = field(default_factory=list)

    def live(self, batch: Sequence[tuple[Any, ...]], tx: Transaction, at: int) -> tuple[set[int], set[int]]:
        """Let a batch happen; the records it writes and those its judgements name."""
        written: set[int] = set()
        named: set[int] = set()
        for operation in batch:
            match operation:
                case ("put", key, content):
                    self.records[key] = content._replace(key=key)
                case ("copy", keys, other) if other in self.records:
                    refs = {key: self.records[key].ref if key in self.records else "" for key in keys}
                    said = self.records[other]
                    self.records |= {key: said._replace(key=key, ref=ref) for key, ref in refs.items()}
                    written |= keys
                case ("alter", key, change) if key in self.records:
                    self.records[key] = self.records[key]._replace(**change)
                case ("delete", key):
                    self.records.pop(key, None)
                case ("same" | "apart" as verdict, left, right) if not left & right:
                    sides = dict.fromkeys(left, 0) | dict.fromkeys(right, 1)
                    number = judge(tx, verdict, sides, author="", reason="", at=at)
                    self.said[number] = Judgement(number, verdict, tuple(sorted(sides.items())), at=at)
                    self.made.append(number)
                    named |= sides.keys()
                case ("retract", back) if back < len(self.made):
                    number = self.made[-1 - back]
                    retract(tx, [number], at)
                    one = self.said.pop(number, None)
                    named |= {record for record, _ in one.sides} if one else set()
            if operation[0] in ("put", "alter", "delete"):
                written.add(operation[1])
        return written, named

    @property
    def private(self) -> frozenset[int]:
        """The records that judgements name."""
        return frozenset(record for one in self.said.values() for record, _ in one.sides)


class Facts(NamedTuple):
    """What follows from a world without looking at pairs."""

    records: dict[int, SourceRecord]
    private: frozenset[int]
    voices: dict[int, int]
    """Echo to voice, found the long way: the first record that says the very same and tells enough."""
    keys: dict[int, set[int]]
    """The blocking keys each record holds, without those by which copies find each other."""
    generic: frozenset[int]
    """The keys that too many hold."""


def facts(world: World) -> Facts:
    """What follows from a world as it is now."""
    says = {key: world.records[key]._replace(key=0, ref="") for key in sorted(world.records)}
    voices: dict[int, int] = {}
    for a, b in combinations(sorted(says.keys() - world.private), 2):
        if b not in voices and says[a] == says[b] and _tells_enough(says[a]):
            voices[b] = a
    keys = {
        key: {k for k in _keys_of(one) if key not in voices or kind_of(k).name == "reference"}
        for key, one in world.records.items()
    }
    held = Counter(key for its in keys.values() for key in its)
    generic = frozenset(key for key, count in held.items() if count > K)
    return Facts(dict(world.records), world.private, voices, keys, generic)


class Result(NamedTuple):
    """All that is derived from source records and judgements."""

    edges: Mapping[tuple[int, int], int]
    labels: Mapping[int, int]
    keys: frozenset[tuple[int, int]]
    joined: int = 0
    """How many clusters became one by what they know together, where that is told."""


def oracle(world: World, known: Facts, matcher: Matcher = MATCHER, veto: Veto | None = None) -> Result:
    """All pairs, and every connected piece of them clustered."""
    final, voice, keys, generic = known.records, known.voices, known.keys, known.generic
    found: dict[tuple[int, int], int] = {}
    for a, b in combinations(sorted(final), 2):
        if voice.get(b) == a:
            found[a, b] = IDENTICAL
        elif (keys[a] & keys[b]) - generic:
            flags = {*_evidence_of(final[a]), *_evidence_of(final[b])} & generic
            weight = matcher.weight(final[a], final[b], flags)
            if weight >= matcher.model.review:
                found[a, b] = weight

    def contradict(a: int, b: int) -> bool:
        one, other = final[a], final[b]
        return matcher.contradicts(one, other) or (veto is not None and veto(one, other, generic))

    bound = judged(world.said.values(), final.keys())
    labels: dict[int, int] = {}
    joined = 0
    for piece in _pieces(final, [*found, *bound.same]):
        told = cluster(
            piece,
            [(a, b, weight) for (a, b), weight in found.items() if a in piece and b in piece],
            bound,
            link=matcher.model.link,
            # how the engine sums up by ids is not trusted here
            trait=lambda key: final[key] if veto else (matcher.trait(final[key]), final[key].ref),
            contradict=contradict,
            forgive=lambda clashes, left, right: matcher.forgives(
                [(final[a], final[b]) for a, b in clashes],
                [final[a] for a in left],
                [final[b] for b in right],
            ),
            together=lambda left, right: matcher.weight_together(
                [final[a] for a in left], [final[b] for b in right], generic
            ),
        )
        labels |= told.labels
        joined += len(told.joined)
    held = {(key, record) for record, its in keys.items() for key in its}
    held |= {(own, key) for key, one in final.items() if (own := _echo_of(one))}
    return Result(found, labels, frozenset(held), joined)


def _pieces(nodes: Collection[int], pairs: Collection[tuple[int, int]]) -> Collection[frozenset[int]]:
    """What hangs together by pairs."""
    home = {node: frozenset({node}) for node in nodes}
    for a, b in pairs:
        both = home[a] | home[b]
        home |= dict.fromkeys(both, both)
    return {*home.values()}


def stored(store: Store) -> Result:
    """What the engine has written."""
    with store.read() as tx:
        cursor = tx.cursor()
        both = {
            (a, b): weight for a, b, weight in cursor.execute("SELECT a, b, weight FROM edges").fetchall()
        }
        labels = dict(cursor.execute("SELECT record, cluster FROM clusters").fetchall())
        keys = frozenset(map(tuple, cursor.execute("SELECT key, record FROM blocking_keys").fetchall()))
    assert all(both.get((b, a)) == weight for (a, b), weight in both.items()), "edges have two directions"
    return Result({pair: weight for pair, weight in both.items() if pair[0] < pair[1]}, labels, keys)


def agree(found: Result, wanted: Result) -> None:
    """Edges first: they say more of what went wrong."""
    assert found.edges == wanted.edges
    assert found.labels == wanted.labels
    assert found.keys == wanted.keys


def play(
    store: Store,
    history: History,
    *,
    matcher: Matcher = MATCHER,
    veto: Veto | None = None,
    tally: Counter[str] | None = None,
    one_batch: Literal["", "pieces", "anew"] = "",
) -> None:
    """Play a history, and compare what is stored with the oracle, or with one batch over the final records."""
    wipe(store)
    world = World()
    gone: set[int] = set()
    was = facts(world)
    for at, batch in enumerate(history.batches):
        _write(store, world, batch, at, matcher, anew=history.anew[at % len(history.anew)])
        if one_batch:
            continue
        now = facts(world)
        wanted = oracle(world, now, matcher, veto)
        agree(stored(store), wanted)
        check_vetoes(world, wanted)
        if tally is not None:
            tally.update(_events(was, now))
            tally.update(_forms(wanted))
            tally["record back again"] += len(gone & now.records.keys())
        gone = (gone | was.records.keys()) - now.records.keys()
        was = now
    if one_batch:
        found = stored(store)
        wipe(store)
        _write_final(store, world, matcher, anew=one_batch == "anew")
        agree(found, stored(store))


def check_vetoes(world: World, result: Result) -> None:
    """No cluster holds a pair that was judged apart, or a person and an organization.

    Unless somebody said so: of records in it, or of such as look just like the two.
    """
    for one in world.said.values():
        if one.verdict == "apart":
            homes = [(result.labels[record], side) for record, side in one.sides if record in result.labels]
            assert all(home != other or x == y for (home, x), (other, y) in combinations(homes, 2))
    said = {record for one in world.said.values() if one.verdict == "same" for record, _ in one.sides}
    told = {result.labels[record] for record in said if record in result.labels}
    shown = {key: (MATCHER.trait(record), record.ref) for key, record in world.records.items()}
    excused = {
        frozenset((shown[x], shown[y]))
        for one in world.said.values()
        if one.verdict == "same"
        for (x, side), (y, other) in combinations(one.sides, 2)
        if side != other and x in shown and y in shown
    }
    for a, b in combinations(world.records.values(), 2):
        home = result.labels[a.key]
        if home == result.labels[b.key] and home not in told and not (a.ref and a.ref == b.ref):
            assert not kind(a, b, MATCHER.lore) or frozenset((shown[a.key], shown[b.key])) in excused


def search(
    history: st.SearchStrategy[History],
    check: Callable[[History], None],
    examples: int,
    *,
    fixed: bool = False,
) -> None:
    """Check random histories; ``fixed`` ones are the same every time. Shrinking one takes longer than reading it."""

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=fixed,
        report_multiple_bugs=False,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(history=history)
    def each(history: History) -> None:
        check(history)

    each()


def wipe(store: Store) -> None:
    """Empty what a history writes."""
    with store.write() as tx:
        for table in (
            "source_records", "blocking_keys", "edges", "clusters", "judgement_sides", "judgements",
        ):  # fmt: skip
            tx.cursor().execute(f"DELETE FROM {table}")


def small_world(monkeypatch: pytest.MonkeyPatch, cap: int | None = None) -> None:
    """Low limits, samples no larger than they must be, and pure functions remembered."""
    crowd(monkeypatch, K, QUICK)
    monkeypatch.setattr("hub.store.identity._STEPS", (K, K, K))
    monkeypatch.setattr(engine, "blocking_keys", _keys_of)
    monkeypatch.setattr(walk, "value_keys", _values_of)
    monkeypatch.setattr(engine, "echo_key", _echo_of)
    if cap is not None:
        monkeypatch.setattr("hub.core.cluster.groups.SIZE_CAP", cap)
        monkeypatch.setattr("hub.app.pieces.MANY", min(cap, 16))
        monkeypatch.setattr("hub.core.cluster.together.MOST", cap // 2)
        monkeypatch.setattr("hub.app.pieces.MOST", cap // 2)


class Remembering(Matcher):
    """A matcher that weighs a pair once: what it says is a pure function."""

    def __init__(self) -> None:
        super().__init__(MATCHER.model, limits=MATCHER.limits)
        self.weigh = cache(lambda a, b, generic: MATCHER.weight(a, b, generic))
        self.contradict = cache(lambda a, b: MATCHER.contradicts(a, b))
        self.tell = cache(lambda record: MATCHER.identifies(record))
        self.weigh_together = cache(MATCHER.weight_together)

    def weight(self, a: SourceRecord, b: SourceRecord, generic: Collection[int] = ()) -> int:
        return self.weigh(a._replace(key=0), b._replace(key=0), frozenset(generic))

    def weight_together(
        self, left: Sequence[SourceRecord], right: Sequence[SourceRecord], generic: Collection[int] = ()
    ) -> int:
        one, other = (tuple(record._replace(key=0) for record in side) for side in (left, right))
        return self.weigh_together(one, other, frozenset(generic))

    def contradicts(self, a: SourceRecord, b: SourceRecord) -> bool:
        return self.contradict(a._replace(key=0), b._replace(key=0))

    def identifies(self, record: SourceRecord) -> bool:
        return self.tell(record._replace(key=0, ref=""))


QUICK: Final = Remembering()

_keys_of = cache(blocking_keys)
_evidence_of = cache(evidence_keys)
_values_of = cache(value_keys)
_echo_of = cache(echoing.echo_key)


@cache
def _tells_enough(record: SourceRecord) -> bool:
    return MATCHER.weight(record, record) >= MATCHER.model.link


def _write(
    store: Store, world: World, batch: list[tuple[Any, ...]], at: int, matcher: Matcher, *, anew: bool
) -> None:
    """One batch in one transaction: everything made anew in columns, or only what it touches."""
    with store.write() as tx:
        written, named = world.live(batch, tx, at)
        _follow(tx, world, written, named, matcher, anew=anew)


def _write_final(store: Store, world: World, matcher: Matcher, *, anew: bool) -> None:
    with store.write() as tx:
        for _, one in sorted(world.said.items()):
            judge(tx, one.verdict, dict(one.sides), author="", reason="", at=one.at)
        _follow(tx, world, set(world.records), set(world.private), matcher, anew=anew)


def _follow(
    tx: Transaction, world: World, written: set[int], named: set[int], matcher: Matcher, *, anew: bool
) -> None:
    wanted = {key: _row(world.records.get(key)) for key in written}
    moved, rows = engine.put_wanted(tx, wanted)
    if anew:
        rebuild.put(tx, rebuild.build(tx, matcher), moved)
    else:
        engine.recompute(tx, matcher, moved, rows=rows, judged_records=named)


def _row(record: SourceRecord | None) -> SourceRow | None:
    return SourceRow(record.key, None, 0, True, record.dump()) if record else None


def _events(was: Facts, now: Facts) -> Counter[str]:
    """What a batch did of all that is easily got wrong."""
    both = was.voices.keys() & now.voices.keys()
    silent = now.records.keys() & was.records.keys() & was.voices.keys() & now.private - was.private
    return Counter(
        {
            "key went generic": len(now.generic - was.generic),
            "key went live": sum(
                any(key in its for its in now.keys.values()) for key in was.generic - now.generic
            ),
            "echo appeared": len(now.voices.keys() - was.voices.keys()),
            "echo spoke again": len((was.voices.keys() - now.voices.keys()) & now.records.keys()),
            "echo changed its voice": sum(was.voices[key] != now.voices[key] for key in both),
            "voice deleted": len({*was.voices.values()} - now.records.keys()),
            "echo judged": len(silent),
            "judged record spoken for again": len(was.private - now.private & now.voices.keys()),
            "record deleted": len(was.records.keys() - now.records.keys()),
            "judgement in force": int(bool(now.private & now.records.keys())),
        }
    )


def _forms(result: Result) -> Counter[str]:
    """What a result has in it."""
    weights = [weight for weight in result.edges.values() if weight < IDENTICAL]
    return Counter(
        {
            "edges": len(result.edges),
            "tie of weights": int(len(set(weights)) < len(weights)),
            "link held back": sum(
                weight >= MATCHER.model.link and result.labels[a] != result.labels[b]
                for (a, b), weight in result.edges.items()
            ),
            "joined by what is known together": result.joined,
            "edge under the link": sum(weight < MATCHER.model.link for weight in weights),
        }
    )
