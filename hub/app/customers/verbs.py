"""The verbs of ``hub customers``, each in a transaction of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from hub.app.attribution import Question, Rules
from hub.app.clock import as_datetime, iso, micros
from hub.app.customers.effect import Effect
from hub.app.customers.explain import Link, explain, explain_pair
from hub.app.customers.history import Filter, History, history
from hub.app.customers.judge import Judge, Work, apart, same, split_off, taken_back
from hub.app.customers.pins import hold, let_go
from hub.app.customers.show import Former, Shown, show, show_on
from hub.app.resolve import Resolver
from hub.app.survivorship import RulesVersion, rules_versions
from hub.core.match import Matcher
from hub.core.model import AttributionModel, public_id
from hub.store.events import EventRow, events_since
from hub.store.profiles import CustomerRow, search
from hub.store.session import Store

__all__ = ["Customers", "event_plain"]

NEUTRAL = Rules("", "UTC")


def _own_models() -> Mapping[str, AttributionModel]:
    from hub.core.attribution import MODELS

    return MODELS


@dataclass(frozen=True, slots=True)
class Customers:
    """The verbs of ``hub customers``."""

    store: Store
    matcher: Matcher
    resolver: Resolver
    rules: Rules = NEUTRAL
    """What decides channels, money, and where a day ends."""
    models: Callable[[], Mapping[str, AttributionModel]] = _own_models

    def search(self, words: str, limit: int = 20) -> list[CustomerRow]:
        """Customers whose name, organization or identifiers contain every word."""
        with self.store.read() as tx:
            return search(tx, words, limit)

    def show(self, customer_id: str, channel_of: Any = None) -> Shown:
        """Everything about one customer, by any id it ever showed."""
        with self.store.read() as tx:
            return show(tx, customer_id, channel_of)

    def history(self, customer_id: str, wanted: Filter | None = None) -> History:
        """What a customer did and was told, and the figures it adds up to."""
        with self.store.read() as tx:
            return history(tx, customer_id, self.rules, wanted or Filter(), micros())

    def show_on(self, customer_id: str, day: date) -> Former:
        """What a customer was at the end of a day, as the hub knew it then."""
        with self.store.read() as tx:
            return show_on(tx, customer_id, day, self.rules.timezone)

    def survivorship(self) -> list[RulesVersion]:
        """The versions of the rules by which profiles were drawn, newest first."""
        with self.store.read() as tx:
            return rules_versions(tx)

    def explain(self, customer_id: str) -> list[Link]:
        """How a customer came together: the links that hold it, weakest first."""
        with self.store.read() as tx:
            return explain(tx, self.matcher, customer_id)

    def explain_pair(self, one: str, other: str) -> Link:
        """Why two records or customers are the same, or why not: the best pair between them."""
        with self.store.read() as tx:
            return explain_pair(tx, self.matcher, one, other)

    def merge(
        self, one: str, other: str, *, author: str = "", reason: str = "", dry_run: bool = False,
        question: Question | None = None,
    ) -> tuple[str, Effect]:  # fmt: skip
        """Judge two customers to be the same; the id they show from now on, and what it changes.

        A split that kept them apart is taken back: the newest word of a person counts. A ``question``
        has the effect tell profiles, history, revenue and each channel's credit, too.
        """
        return self._decide(same(one, other, author=author, reason=reason), dry_run, question)

    def split(
        self, customer_id: str, records: Sequence[str], *, author: str = "", reason: str = "",
        dry_run: bool = False, question: Question | None = None,
    ) -> tuple[str, Effect]:  # fmt: skip
        """Judge some records of a customer to be somebody else; the id those show from now on.

        All pairs across the split stay apart, whatever arrives later; what had joined them is taken back.
        """
        return self._decide(split_off(customer_id, records, author=author, reason=reason), dry_run, question)

    def keep_apart(
        self, one: str, other: str, *, author: str = "", reason: str = "", dry_run: bool = False,
        question: Question | None = None,
    ) -> Effect:  # fmt: skip
        """Judge two customers to be two, whatever arrives later; what people had joined is taken back."""
        return self._decide(apart(one, other, author=author, reason=reason), dry_run, question)[1]

    def take_back(self, number: int, *, dry_run: bool = False, question: Question | None = None) -> Effect:
        """Take a judgement back: all is as if it had never been made, and it stays in the list.

        An error names the later merge that has to go first when that makes the same customers one.
        """
        return self._decide(taken_back(number), dry_run, question)[1]

    def pin(self, customer_id: str, field: str, value: Any, *, author: str = "") -> None:
        """Hold a field of a customer's profile at a value, whatever sources say."""
        with self.store.write() as tx:
            hold(tx, self._because(f"pin of {field}"), customer_id, field, value, author)

    def unpin(self, customer_id: str, field: str) -> Any:
        """Have a field say again what sources say; the value it was held at."""
        with self.store.write() as tx:
            return let_go(tx, self._because(f"pin of {field}"), customer_id, field)

    def events(self, since: int = 0, limit: int = 100) -> list[dict[str, Any]]:
        """How ids moved after event number ``since``, oldest first."""
        with self.store.read() as tx:
            return [event_plain(event) for event in events_since(tx, since, limit)]

    def _decide(self, work: Work, dry_run: bool, question: Question | None) -> tuple[str, Effect]:
        judge = Judge(self.store, self.resolver, self.rules, self.models)
        return judge.decide(work, dry_run=dry_run, question=question)

    def _because(self, cause: str) -> Resolver:
        return replace(self.resolver, profiler=self.resolver.profiler.because(cause))


def event_plain(event: EventRow) -> dict[str, Any]:
    """An event as JSON shows it."""
    return {
        "seq": event.seq,
        "at": iso(as_datetime(event.at)),
        "kind": event.kind,
        "customer_id": public_id(event.was),
        "now": None if event.now is None else public_id(event.now),
        "cause": event.cause,
    }
