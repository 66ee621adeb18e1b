"""The command: which parts to run, and how large."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.attribution import __doc__ as purpose
from benchmarks.attribution.peers import PEERS, ask
from benchmarks.attribution.rows import lay_out
from benchmarks.environment import Missing
from benchmarks.measure import alone, show

PARTS = ("large", "refresh", "stored", "beside")
UNASKED = ("large", "refresh", "beside")
RULES = ("first", "last", "last-non-direct", "linear", "position", "time-decay")
CHAINS = ("markov-1", "markov-2", "markov-3", "markov-4")
WORKS = {"six rules": RULES, "chains of orders 1 to 4": CHAINS, "Shapley": ("shapley",)}
MAM_RULES = ("run_first_click", "run_last_click", "run_linear", "run_position_based", "run_time_decay")


def main() -> None:
    parser = argparse.ArgumentParser(
        "python -m benchmarks.attribution", description=purpose, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "parts", nargs="*", metavar=" | ".join(PARTS), help="all but stored, unless one is named"
    )
    parser.add_argument(
        "--touches", type=int, default=10_000_000, help="large, stored (10,000,000); refresh: 3 in 10"
    )
    parser.add_argument("--database", default="", help="refresh: an empty one of PostgreSQL; else SQLite")
    parser.add_argument("--journeys", type=int, default=1_000_000, help="beside the peers (1,000,000)")
    parser.add_argument("--without-peers", action="store_true", help="leave the other tools out")
    given = parser.parse_args()
    if unknown := set(given.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory() as place:
        parts = given.parts or UNASKED
        if "large" in parts:
            large(Path(place) / "large", given.touches // 4)
        if "refresh" in parts:
            refresh(given.database or f"sqlite:///{place}/refresh.db", given.touches * 3 // 10)
        if "stored" in parts:
            stored(f"sqlite:///{place}/stored.db", given.touches)
        if "beside" in parts:
            beside(Path(place) / "beside", given.journeys, peers=not given.without_peers)


def large(folder: Path, journeys: int) -> None:
    """The budgets: 5 s and 1 GB for the rules, 10 s for the chains, 3 s for Shapley, on two idle cores."""
    touches, conversions = lay_out(folder, journeys, 20)
    print(f"{touches:,} touches of {journeys:,} customers, {conversions:,} conversions, 20 channels\n")
    rows: list[tuple[object, ...]] = [("", "CPU s", "wall s", "with reading, CPU s", "wall s", "peak MB")]
    for title, names in WORKS.items():
        told = _ours(folder, names)
        own, whole = _sum(told, ("null paths", *names)), _sum(told)
        rows.append((title, *own, *whole, f"{told['peak_mb']:.0f}"))
        rows += [
            (f"  {name}", *_sum(told, (name,)), "", "", "")
            for name in ("null paths", *names)
            if len(names) > 1 and names != RULES and name in told["stages"]
        ]
    show("the hub; budgets: rules 5 s and 1,000 MB, chains 10 s, Shapley 3 s", rows)
    print()


def refresh(address: str, touches: int) -> None:
    """The budget: 2 s for the report of the next day."""
    records, sales, fresh = touches * 7 // 15, touches // 15, touches // 300
    told = {"made at once": _stored("lay_out", address, touches, records, sales)}
    told["the first report, which keeps what it reads"] = _stored("report", address, "last-non-direct")
    told[f"{fresh:,} touches more"] = _stored("day", address, fresh)
    told["the report, last non-direct"] = _stored("report", address, "last-non-direct")
    told["the report, six rules"] = _stored("report", address, ",".join(RULES))
    _tell(f"{touches:,} touches, {records:,} records, {sales:,} orders; budget of a day's report 2 s", told)


def stored(address: str, touches: int) -> None:
    """The budgets of ``large``, everything read from a database, and money in the report."""
    _stored("lay_out", address, touches, touches * 7 // 20, touches // 80)
    told = {"the first report, which keeps what it reads": _stored("report", address, "last-non-direct")}
    told |= {title: _stored("report", address, ",".join(names)) for title, names in WORKS.items()}
    _tell(f"{touches:,} touches in SQLite; rules 5 s and 1,000 MB, chains 10 s, Shapley 3 s", told)


def beside(folder: Path, journeys: int, *, peers: bool) -> None:
    """Each contender on the same rows, and how far their answers are from each other."""
    touches, conversions = lay_out(folder, journeys, 10)
    print(f"{touches:,} touches of {journeys:,} customers, {conversions:,} conversions, 10 channels\n")
    hub = _ours(folder, (*RULES, *CHAINS))
    mam = ca = None
    if peers and _has_peers():
        mam = ask("mam", folder, *MAM_RULES, "run_markov")
        ca = ask("ca", folder, "heuristics", *CHAINS[:3], "exact-1")
    rows: list[tuple[object, ...]] = [("", "CPU s", "wall s", "times the hub's CPU s")]
    works: list[tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = [
        ("rules: six, five, three", RULES, MAM_RULES, ("heuristics",)),
        *(
            (f"order {name[-1]}", ("null paths", name), ("run_markov",) if name == "markov-1" else (), (name,))
            for name in CHAINS[:3]
        ),
        ("rules and order 1", (*RULES, "null paths", "markov-1"), (*MAM_RULES, "run_markov"), ("heuristics", "markov-1")),
        ("rules and orders 1 to 3", (*RULES, "null paths", *CHAINS[:3]), (), ("heuristics", *CHAINS[:3])),
    ]  # fmt: skip
    for title, own, mams, cas in works:
        base = _sum(hub, ("read", "journeys", *own))
        rows.append((f"{title}: the hub", *base, ""))
        for name, told, stages in (("MAM", mam, mams), ("CA", ca, cas)):
            if told and stages:
                spent = _sum(told, ("read", *stages))
                rows.append((f"{title}: {name}", *spent, f"{spent[0] / base[0]:.1f}"))
    show("the same rows, each in a process of its own; reading included each time", rows)
    memory = {"the hub": hub, "MAM": mam, "CA": ca}
    print(
        "peak MB: "
        + ", ".join(f"{name} {told['peak_mb']:,.0f}" for name, told in memory.items() if told)
        + "\n"
    )
    if mam and ca:
        _compare(hub["found"], {**mam["found"], **ca["found"]})


def _compare(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> None:
    """The largest difference of a channel, in conversions, or of an effect."""
    pairs = {
        "MAM: first": ("first", "run_first_click"),
        "MAM: last": ("last", "run_last_click"),
        "MAM: linear": ("linear", "run_linear"),
        "MAM: position": ("position", "run_position_based"),
        "MAM: time decay": ("time-decay", "run_time_decay"),
        "CA: first": ("first", "heuristics first_touch_conversions"),
        "CA: last": ("last", "heuristics last_touch_conversions"),
        "CA: linear": ("linear", "heuristics linear_touch_conversions"),
        "MAM: removal effects, order 1": ("removal effects", "removal effects"),
        "CA: order 1, 100,000 simulations": ("markov-1", "markov-1 total_conversions"),
        "CA: order 1, 20,000,000 simulations": ("markov-1", "exact-1 total_conversions"),
        "CA: order 2": ("markov-2", "markov-2 total_conversions"),
        "CA: order 3": ("markov-3", "markov-3 total_conversions"),
    }
    rows: list[tuple[object, ...]] = [("", "largest difference", "of a largest")]
    for title, (own, their) in pairs.items():
        mine, other = ours[own], theirs[their]
        apart = max(abs(mine[name] - other.get(name, 0.0)) for name in mine)
        rows.append((title, f"{apart:.3g}", f"{max(mine.values()):,.6g}"))
    show("how far a channel's conversions (or effect) are from the hub's", rows)


def _stored(part: str, *given: object) -> Any:
    return alone("benchmarks.attribution.stored", part, *map(str, given))


def _tell(title: str, told: Mapping[str, Any]) -> None:
    rows: list[tuple[object, ...]] = [("", "CPU s", "wall s", "peak MB")]
    show(
        title, rows + [(name, one["cpu"], one["wall"], f"{one['peak_mb']:.0f}") for name, one in told.items()]
    )
    print()


def _ours(folder: Path, names: tuple[str, ...]) -> Any:
    return alone("benchmarks.attribution.ours", str(folder), ",".join(names))


def _sum(told: Mapping[str, Any], stages: tuple[str, ...] = ()) -> tuple[float, float]:
    """CPU and wall seconds of some stages, or of all."""
    chosen = [spent for stage, spent in told["stages"].items() if not stages or stage in stages]
    return sum(spent["cpu"] for spent in chosen), sum(spent["wall"] for spent in chosen)


def _has_peers() -> bool:
    try:
        PEERS.install()
    except Missing as missing:
        print(f"Without the peers: {missing}\n")
        return False
    return True


if __name__ == "__main__":
    main()
