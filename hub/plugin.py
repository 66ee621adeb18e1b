"""THE CONTRACT: everything a plugin author imports, beside ``hub.rest``, ``hub.testing`` and ``hub.errors``.

A connector is a class with a pydantic ``Settings`` and generator methods marked ``@stream`` that
yield pages of canonical records. The runtime owns the window, the checkpoint, validation, rejects,
the content hash, the transaction and the run's history; the author owns URL shapes, keys and the
meaning of fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias, get_args

import pluggy
from pydantic import BaseModel, SecretStr

from hub.core.records import Customer, Interaction, Order, OrderLine, Record, Spend
from hub.errors import PluginError

if TYPE_CHECKING:
    import click

    from hub.core.match import Comparison, Level
    from hub.core.model import AttributionModel, Candidate, SurvivorshipRule

__all__ = [
    "Candidate",
    "Comparison",
    "Connector",
    "Context",
    "Customer",
    "Interaction",
    "Json",
    "Level",
    "Mode",
    "NoSettings",
    "Order",
    "OrderLine",
    "Page",
    "Post",
    "Record",
    "Reject",
    "SecretStr",
    "Spend",
    "Stream",
    "Window",
    "hookimpl",
    "hookspec",
    "stream",
]


def __getattr__(name: str) -> Any:
    """What only some hooks need is imported when a plugin asks for it."""
    if name in ("Comparison", "Level"):
        from hub.core import match

        return getattr(match, name)
    if name == "Candidate":
        from hub.core.model import Candidate

        return Candidate
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


hookspec = pluggy.HookspecMarker("hub")
hookimpl = pluggy.HookimplMarker("hub")

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"
Mode = Literal["window", "delta", "append", "snapshot", "buckets", "inbox"]
"""How a stream moves on, and so how it resumes, fences and deletes.

- ``window``: records changed in ``[since, until)``; ``until`` is fenced at the source's own clock.
- ``delta``: the source hands out an opaque token that says what changed since.
- ``append``: records never change; read on from the last id or time.
- ``snapshot``: every run reads all; what is no longer there is deleted, within the brake.
- ``buckets``: days the source restates; a bucket read again replaces what it held.
- ``inbox``: the source pushes; a post is committed before it is answered.
"""


class NoSettings(BaseModel):
    """For a connector that needs none."""

    model_config = {"extra": "forbid"}


@dataclass(frozen=True, slots=True)
class Context:
    """What the hub tells a connector about where it runs."""

    name: str
    """The instance's name in ``connectors.toml``."""
    timezone: str = "UTC"
    currency: str = "USD"
    region: str = "US"
    base: Path = Path()
    """The folder of ``connectors.toml``: where relative paths in settings start from."""
    progress: Callable[[str], None] = lambda message: None
    """Shows a line to whoever waits."""


@dataclass(frozen=True, slots=True)
class Post:
    """One push to an inbox, as it came over the wire."""

    body: bytes
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """Names in lower case."""
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    received_at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class Window:
    """Where a stream is to read: only the parts its mode uses are set."""

    since: datetime | None = None
    """Inclusive; ``None`` for all there is. (window, buckets)"""
    until: datetime | None = None
    """Exclusive fence, by the source's clock at the start of the run. (window, buckets)"""
    cursor: Json = None
    """Where the last finished page or round ended; ``None`` at first. (append, delta)"""
    resume: Json = None
    """What the last committed page of this same unfinished round said to resume from."""
    full: bool = False
    """Whether everything is to be read again (``--full``, or after ``CursorExpired``)."""
    post: Post | None = None
    """What was pushed. (inbox)"""


@dataclass(frozen=True, slots=True)
class Reject:
    """Something the connector read but cannot turn into a record: kept as it was, with the reason."""

    reason: str
    raw: str
    source_id: str = ""
    keyless: bool = False
    """It has no key at all, so it is no record known before; without a key that could be read it may
    be one, and a sweep waits until it can."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a stream yields: records to commit together, and where to go on afterwards.

    ``records`` are canonical records, or anything ``shape`` turns into one. A row that ``shape``
    or validation refuses goes to the rejects as it is; its neighbours land.
    """

    records: Sequence[Any] = ()
    resume: Json = None
    """Where to read on inside this round if the run dies after this page."""
    cursor: Json = None
    """append: the place reached by this page. delta: on the last page, the token for next time."""
    shape: Callable[[Any], Record | Mapping[str, Any]] | None = None
    deleted: Sequence[str] = ()
    """Source ids the source says are gone."""
    rejected: Sequence[Reject] = ()
    bucket: str = ""
    """buckets: the bucket these records belong to; a bucket ends where another begins."""
    version: str = ""
    """A sortable text that says which of two states of a record is newer, where records carry no
    ``modified_at``; an older state never overwrites a newer one."""
    complete: bool = True
    """snapshot: ``False`` when this round did not see everything, so that nothing is swept."""
    total: int | None = None
    """How many records this round has, if the source says, for progress."""


@dataclass(frozen=True, slots=True)
class Stream:
    """The declaration ``@stream`` leaves on a method."""

    name: str
    kind: type[Record]
    mode: Mode
    lookback: timedelta
    resolution: timedelta
    days: int
    customers: str
    brake: float
    read: Callable[[Any, Window], Iterator[Page]]


def stream(
    kind: type[Record],
    *,
    mode: Mode,
    name: str = "",
    lookback: timedelta = timedelta(0),
    resolution: timedelta = timedelta(0),
    days: int = 30,
    customers: str = "",
    brake: float = 0.3,
) -> Callable[[Callable[[Any, Window], Iterator[Page]]], Callable[[Any, Window], Iterator[Page]]]:
    """Mark a generator method as a stream of ``kind``, moving on by ``mode``.

    ``lookback`` is read again before the watermark, for sources whose index lags. ``resolution``
    is the coarseness of the source's timestamps: the fence stays that far behind its clock.
    ``days`` is how far back a bucket may be restated. ``customers`` names the stream whose ids
    ``customer_ref`` uses, when it is not this connector's only customer stream. A sweep that would
    delete more than the share ``brake`` stops and asks.
    """
    if mode not in get_args(Mode):
        raise PluginError(f"stream mode {mode!r} is none of {', '.join(get_args(Mode))}")

    def mark(
        method: Callable[[Any, Window], Iterator[Page]],
    ) -> Callable[[Any, Window], Iterator[Page]]:
        declared = Stream(
            name=name or method.__name__,
            kind=kind,
            mode=mode,
            lookback=lookback,
            resolution=resolution,
            days=days,
            customers=customers,
            brake=brake,
            read=method,
        )
        method.__hub_stream__ = declared  # type: ignore[attr-defined]
        return method

    return mark


class Connector:
    """One way into a source: subclass it, give it a ``type``, a ``Settings`` and ``@stream`` methods.

    Making one must be cheap and touch nothing; open connections in ``check`` and in streams.
    """

    type: ClassVar[str]
    """``plugin.connector``, as admins write it: ``email.imap``."""
    Settings: ClassVar[type[BaseModel]] = NoSettings
    offline: ClassVar[bool] = False
    """Whether it needs no network."""

    def __init__(self, settings: Any, context: Context) -> None:
        self.settings = settings
        self.context = context

    def check(self) -> None:
        """Raise the right error unless a sync could start now; read as little as possible."""

    def clock(self) -> datetime:
        """The source's own time now; the fence of windows. The hub's clock unless overridden."""
        return datetime.now(UTC)

    def close(self) -> None:
        """Let go of what streams opened; called once after the last one."""

    def streams(self) -> list[Stream]:
        """The streams this instance offers, in the order they are declared.

        Override it where settings decide (a ``files`` connector has one stream, of the configured kind).
        """
        found: dict[str, Stream] = {}
        for klass in reversed(type(self).__mro__):
            for member in vars(klass).values():
                declared = getattr(member, "__hub_stream__", None)
                if isinstance(declared, Stream):
                    found[declared.name] = declared
        return list(found.values())


class Hooks:
    """The hooks of the hub; a plugin implements those it needs, returning values."""

    @hookspec
    def hub_connectors(self) -> Iterable[type[Connector]]:
        """The connector classes this plugin brings."""
        ...

    @hookspec
    def hub_normalizers(self) -> Mapping[str, Callable[[str], str]]:
        """Canonical customer field to a function that cleans its value before the hub's own normalizer."""
        ...

    @hookspec
    def hub_comparisons(self) -> Iterable[Comparison]:
        """Further comparisons, for custom fields, with their levels and weights."""
        ...

    @hookspec
    def hub_survivorship_rules(self) -> Mapping[str, SurvivorshipRule]:
        """Rule name to a function that orders the candidates of a field, best first."""
        ...

    @hookspec
    def hub_attribution_models(self) -> Mapping[str, AttributionModel]:
        """Model name to a function from a journeys frame to shares of credit."""
        ...

    @hookspec
    def hub_commands(self) -> Iterable[click.Command]:
        """Further commands of ``hub``."""
        ...
