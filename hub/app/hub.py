"""The hub itself: configuration, plugins and store, wired together once; every face talks to this."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.app.clock import as_datetime, micros
from hub.app.config import Config, ConnectorConfig, load
from hub.app.health import health
from hub.app.instances import Instances
from hub.app.plugins import Plugins
from hub.app.plugins import load as load_plugins
from hub.app.sync import StreamRun, receive, sync_stream
from hub.core.cluster import CLUSTERING
from hub.core.keys import LAYOUT
from hub.errors import HubError, LeaseHeld, NotFound
from hub.plugin import Connector, Post
from hub.store.behind import unmatched_count, unshown_count
from hub.store.history import history_counts, pending_count
from hub.store.landing import Counts
from hub.store.profiles import count_customers, crosswalk
from hub.store.rejects import list_rejects
from hub.store.runs import list_runs, reap
from hub.store.schema import prepare
from hub.store.session import Store
from hub.store.streams import stream_counts

if TYPE_CHECKING:
    from hub.app.attribution import Question, Rules
    from hub.app.customers import Customers
    from hub.app.reports import Asking
    from hub.app.resolve import Resolved, Resolver
    from hub.app.review import Review
    from hub.core.attribution import Report
    from hub.core.match import Matcher, Model
    from hub.core.model import AttributionModel

__all__ = ["CONFIG_FILE", "Hub"]

CONFIG_FILE = "connectors.toml"

Progress = Callable[[str, Counts, int | None], None]


class Hub:
    """One workspace: the folder of a ``connectors.toml`` and the database it names."""

    def __init__(self, config: Config, plugins: Plugins | None = None) -> None:
        self.config = config
        self.plugins = plugins if plugins is not None else load_plugins()
        self.tell: Callable[[str], None] = lambda message: None
        """Shows what a connector has to say while it works."""
        self._instances = Instances(config, self.plugins, lambda message: self.tell(message))
        self._resolving = threading.Lock()
        self._unsettled = threading.Event()

    @classmethod
    def open(cls, path: Path | str = CONFIG_FILE, plugins: Plugins | None = None) -> Hub:
        """The workspace of the configuration at ``path``, or of the one in that folder."""
        path = Path(path)
        return cls(load(path / CONFIG_FILE if path.is_dir() else path), plugins)

    @cached_property
    def store(self) -> Store:
        """The database, made or brought up to date at first use."""
        store = Store(self.config.database)
        try:
            prepare(store)
        except BaseException:
            store.close()
            raise
        return store

    def close(self) -> None:
        """Let go of the database."""
        if "store" in self.__dict__:
            self.store.close()

    def __enter__(self) -> Hub:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- connectors ----

    @contextmanager
    def connector(self, name: str) -> Iterator[Connector]:
        """The instance called ``name``, its secrets resolved, closed again afterwards."""
        connector = self._instances.made(self.config.connector(name))
        try:
            yield connector
        finally:
            connector.close()

    def check(self, name: str) -> list[str]:
        """Raise the right error unless ``name`` could sync now; the names of its streams."""
        with self.connector(name) as connector:
            connector.check()
            return [stream.name for stream in connector.streams()]

    def sync(
        self,
        names: Sequence[str] = (),
        *,
        full: bool = False,
        accept_deletes: bool = False,
        progress: Progress = lambda stream, counts, total: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> list[StreamRun]:
        """Pull from the named connectors, or from all that are enabled; inboxes wait for pushes."""
        chosen = [self.config.connector(name) for name in names] or [
            conn for conn in self.config.connectors.values() if conn.enabled
        ]
        return [
            run for conn in chosen for run in self._sync_one(conn, full, accept_deletes, progress, cancelled)
        ]

    def receive(self, name: str, post: Post) -> int:
        """Land what was pushed to an inbox, committed when this returns; how many records it was."""
        conn = self.config.connector(name)
        if not conn.enabled:
            raise NotFound(
                f"the inbox {name!r} is not enabled", where=name, step=f"hub connectors enable {name}"
            )
        with self.connector(name) as connector:
            inboxes = [stream for stream in connector.streams() if stream.mode == "inbox"]
            if not inboxes:
                raise NotFound(
                    f"{name!r} takes no posts", where=name, cause=f"{conn.type} pulls; it has no inbox"
                )
            told = [(stream, self._instances.told(conn, stream)) for stream in inboxes]
            counts = receive(self.store, connector, told, post)
        return counts.inserted + counts.updated + counts.unchanged + counts.stale

    def inbox_settings(self, name: str) -> Any:
        """The settings of an inbox."""
        with self.connector(name) as connector:
            return connector.settings

    # ---- who is who ----

    def resolve(
        self,
        *,
        full: bool = False,
        dry_run: bool = False,
        progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
    ) -> Resolved:
        """Resolve what has landed since the last time."""
        from dataclasses import replace

        with self._resolving:
            return replace(self.resolver, progress=progress).resolve(full=full, dry_run=dry_run)

    def settle(self) -> None:
        """Resolve a moment after an arrival; a resolution under way takes the arrival along."""
        self._unsettled.set()
        while self._unsettled.is_set() and self._resolving.acquire(blocking=False):
            try:
                self._unsettled.clear()
                self.resolver.resolve()
            except LeaseHeld:
                return
            finally:
                self._resolving.release()

    @cached_property
    def model(self) -> Model:
        """The workspace's match model: the newest trained one, or the shipped default."""
        from hub.core.match import Model
        from hub.store.models import newest_model

        with self.store.read() as tx:
            body = newest_model(tx)
        return Model.load(body) if body else Model.default()

    def adopt(self, model: Model) -> None:
        """Put a match model in force; what was matched by another is matched anew at the next resolution."""
        from hub.store.models import save_model

        with self.store.write() as tx:
            save_model(tx, model.version, model.dump(), micros())
        for made in ("model", "matcher", "resolver", "customers", "review"):
            self.__dict__.pop(made, None)

    @cached_property
    def matcher(self) -> Matcher:
        """Weighs pairs by the workspace's model and the plugins' comparisons."""
        from hub.core.match import Matcher

        return Matcher(self.model, self.plugins.comparisons, self.config.hub.limits.by_kind())

    @cached_property
    def resolver(self) -> Resolver:
        """Resolves with everything the configuration and the plugins say."""
        from hub.app.derive import Deriver
        from hub.app.profile import Profiler
        from hub.app.resolve import Resolver
        from hub.app.survivorship import written
        from hub.core.merge import DEFAULTS, RULES, check
        from hub.core.normalize import Normalizer

        comparisons = self.plugins.comparisons
        normalizer = Normalizer(
            self.config.hub.region, self.plugins.normalizers, tuple(sorted({c.field for c in comparisons}))
        )
        rules = {**RULES, **self.plugins.survivorship_rules}
        choices = {**DEFAULTS, **self.config.hub.survivorship}
        check(choices, rules)
        return Resolver(
            self.store,
            Deriver(normalizer),
            self.matcher,
            Profiler(rules, choices),
            signature=self._signature(),
            survivorship=written(self.config.hub.survivorship, self.config.hub.sources),
            sources=self.config.hub.sources,
        )

    @cached_property
    def customers(self) -> Customers:
        """Finds, shows, explains, merges and splits."""
        from hub.app.customers import Customers

        return Customers(self.store, self.matcher, self.resolver, self.channel_rules, self._models)

    @cached_property
    def review(self) -> Review:
        """The pairs that wait for a person, and what people decided."""
        from hub.app.review import Review

        return Review(self.customers)

    # ---- what it earns ----

    def attribution(self, question: Question) -> Report:
        """What each channel earned and cost, under the models asked for."""
        from hub.app.attribution import attribute

        return attribute(self.store, question, self.channel_rules, self._models())[0]

    def reports(self, question: Question) -> Asking:
        """The reports on a question; nothing is read before one is asked for."""
        from hub.app.reports import Asking

        return Asking(self.store, question, self.channel_rules, self._models())

    def send_report(self, name: str, *, again: bool = True) -> dict[str, Any] | None:
        """Mail a configured report; not ``again``: ``None`` when it was sent for its period."""
        from zoneinfo import ZoneInfo

        from hub.app.reports.send import question_of, send, sent_once

        now = as_datetime(micros())
        today = now.astimezone(ZoneInfo(self.config.hub.timezone)).date()
        asking = self.reports(question_of(self.config.report(name), today))
        if again:
            return send(name, self.config, asking, now)
        return sent_once(self.store, name, self.config, asking, now)

    def _models(self) -> dict[str, AttributionModel]:
        """The attribution models there are, by name."""
        from hub.core.attribution import MODELS

        return {**MODELS, **self.plugins.attribution_models}

    @cached_property
    def channel_rules(self) -> Rules:
        """What decides channels and money."""
        from hub.app.attribution import Rules
        from hub.core.channels import custom_rules

        hub = self.config.hub
        custom = custom_rules([rule.model_dump(exclude_unset=True) for rule in hub.channels])
        walked = hub.journeys
        mirrors = {conn.name: conn.mirrors for conn in self.config.connectors.values() if conn.mirrors}
        return Rules(
            hub.currency, hub.timezone, custom, hub.websites,
            walked.lookback, walked.lookbacks, walked.repeat, walked.path, mirrors, hub.rates,
        )  # fmt: skip

    def channel_of(self, touch: Any) -> str:
        """The channel of one stored interaction."""
        from hub.core.channels import channel

        rules = self.channel_rules
        return channel(touch, rules=rules.channels, own_hosts=rules.own_hosts)

    # ---- how it is ----

    def crosswalk(self) -> list[tuple[str, str, str, str]]:
        """``customer_id, connector, stream, source_id`` of every landed customer record."""
        with self.store.read() as tx:
            return list(crosswalk(tx))

    def runs(self, limit: int = 50, run_id: int | None = None) -> list[dict[str, Any]]:
        """The newest runs, dead ones reaped first."""
        with self.store.write() as tx:
            reap(tx, micros())
            return list_runs(tx, limit, run_id)

    def rejects(
        self, names: Sequence[str] = (), limit: int = 100, run_id: int | None = None
    ) -> list[dict[str, Any]]:
        """The newest rejects, or those of one run."""
        with self.store.read() as tx:
            return list_rejects(tx, names, limit, run_id)

    def counts(self) -> dict[str, int]:
        """How much of everything there is."""
        with self.store.read() as tx:
            kinds = count_customers(tx)
            streams = stream_counts(tx)
            return {
                "records": sum(live for live, _, _ in streams.values()),
                "rejects": sum(bad for _, bad, _ in streams.values()),
                "customers": sum(kinds.values()),
                **{f"customers_{kind}": count for kind, count in sorted(kinds.items())},
                **history_counts(tx),
                "pending": pending_count(tx),
            }

    def behind(self) -> int:
        """How many records and customers a long resolution has still to bring up to date."""
        with self.store.read() as tx:
            return unmatched_count(tx) + unshown_count(tx)

    def health(self) -> dict[str, Any]:
        """Whether data is flowing, connector by connector."""
        with self.store.read() as tx:
            return health(tx, self.config.connectors.values(), micros())

    # ---- how it is wired ----

    def _sync_one(
        self,
        conn: ConnectorConfig,
        full: bool,
        accept_deletes: bool,
        progress: Progress,
        cancelled: Callable[[], bool],
    ) -> Iterator[StreamRun]:
        try:
            with self.connector(conn.name) as connector:
                for stream in connector.streams():
                    if stream.mode == "inbox":
                        continue
                    name = f"{conn.name}/{stream.name}"
                    try:
                        yield sync_stream(
                            self.store, connector, stream, self._instances.told(conn, stream), full=full,
                            accept_deletes=accept_deletes, cancelled=cancelled,
                            progress=lambda counts, total, name=name: progress(name, counts, total),
                        )  # fmt: skip
                    except HubError as error:
                        yield StreamRun(conn.name, stream.name, Counts(), 0, error)
        except HubError as error:
            yield StreamRun(conn.name, "", Counts(), 0, error)

    def _signature(self) -> str:
        parts = [
            f"{LAYOUT} {CLUSTERING}",
            self.config.hub.region,
            repr(sorted(self.config.hub.survivorship.items())),
            repr(self.config.hub.sources),
            self.model.version,
            repr(self.matcher.limits.by_kind),
            repr(
                [
                    (c.name, c.field, [(lv.label, lv.weight) for lv in c.levels])
                    for c in self.plugins.comparisons
                ]
            ),
            repr(sorted(self.plugins.normalizers)),
            repr(sorted(self.plugins.survivorship_rules)),
        ]
        return blake2b("\x1f".join(parts).encode(), digest_size=16).hexdigest()
