"""What the people of the demo did in half a year: forms, mails, messages and orders, before anyone writes it down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Literal, TypeVar

from hub.app.demo.dice import Dice
from hub.app.demo.people import CAST, Person

__all__ = ["FIRST_DAY", "LAST_DAY", "Form", "Mail", "Message", "Purchase", "Story", "Way", "tell"]

SHANGHAI = timezone(timedelta(hours=8))
FIRST_DAY = datetime(2025, 1, 6, tzinfo=SHANGHAI)
LAST_DAY = datetime(2025, 6, 29, tzinfo=SHANGHAI)

Spelling = Literal["own", "latin", "traditional", "nickname"]


@dataclass(frozen=True, slots=True)
class Way:
    """How somebody came to the web form."""

    source: str = ""
    medium: str = ""
    campaign: str = ""
    click_id: str = ""
    referrer: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """One form a person sent."""

    at: datetime
    person: Person
    way: Way
    spelling: Spelling = "own"
    says_phone: bool = True


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail between a person and the shop; ``turn`` counts from 0 within its ``thread``."""

    at: datetime
    person: Person
    thread: str
    turn: int
    topic: int
    spelling: Spelling = "own"


@dataclass(frozen=True, slots=True)
class Message:
    """One message on a social network."""

    at: datetime
    person: Person
    outbound: bool
    topic: int


@dataclass(frozen=True, slots=True)
class Purchase:
    """One order in the ERP."""

    at: datetime
    person: Person
    cents: int
    status: str = "done"


@dataclass(frozen=True, slots=True)
class Story:
    """All that happened, each kind in order of time."""

    forms: list[Form] = field(default_factory=list[Form])
    mails: list[Mail] = field(default_factory=list[Mail])
    messages: list[Message] = field(default_factory=list[Message])
    purchases: list[Purchase] = field(default_factory=list[Purchase])


Event = TypeVar("Event", Form, Mail, Message, Purchase)

_FIRST_WAYS = (
    (Way("baidu", "cpc", "spring-tea", "bd_vid"), 22),
    (Way("google", "cpc", "spring-tea", "gclid"), 17),
    (Way("weibo", "cpc", "tea-stories"), 13),
    (Way("xiaohongshu", "cpc", "tea-stories"), 9),
    (Way(referrer="https://www.baidu.com/"), 11),
    (Way(referrer="https://www.google.com/"), 8),
    (Way(referrer="https://teahouse-guide.example/best-of"), 6),
    (Way(), 14),
)
_LATER_WAYS = (
    (Way(), 48),
    (Way("newsletter", "email", "monthly"), 27),
    (Way("google", "cpc", "spring-tea", "gclid"), 9),
    (Way("baidu", "cpc", "spring-tea", "bd_vid"), 9),
    (Way("weibo", "cpc", "tea-stories"), 7),
)
_SCENES: dict[str, tuple[Way, Spelling, Spelling]] = {
    "zhang_wei": (_FIRST_WAYS[1][0], "latin", "traditional"),
    "robert_miller": (_FIRST_WAYS[5][0], "own", "nickname"),
    "susan_miller": (_FIRST_WAYS[7][0], "own", "own"),
}
"""How some of the cast come first, and how they write their names in forms and in mails."""

_SPELLINGS: tuple[tuple[Spelling, int], ...] = (("own", 6), ("latin", 2), ("traditional", 1), ("nickname", 2))
_STATUSES = (("done", 92), ("shipped", 4), ("cancelled", 3), ("refunded", 1))


def tell(people: Sequence[Person]) -> Story:
    """The half year of these people, the same every time."""
    dice = Dice("story")
    story = Story()
    for person in people:
        _live(person, story, dice)
    return Story(
        _in_time(story.forms), _in_time(story.mails), _in_time(story.messages), _in_time(story.purchases)
    )


def _in_time(events: list[Event]) -> list[Event]:
    return sorted(events, key=lambda event: event.at)


def _live(person: Person, story: Story, dice: Dice) -> None:
    """Adds one person's part; the cast shows up everywhere, the crowd here and there."""
    in_cast = person in CAST.values()
    at = FIRST_DAY + timedelta(days=dice.below(120), minutes=dice.between(8 * 60, 21 * 60))
    scene = next((_SCENES[role] for role in _SCENES if CAST[role] == person), None)
    is_reached = in_cast or dice.chance(0.8)
    if is_reached:
        way, spelling, _ = scene or (dice.by_weight(_FIRST_WAYS), dice.by_weight(_SPELLINGS), "own")
        story.forms.append(Form(at, person, way, spelling, in_cast or dice.chance(0.75)))
        story.forms.extend(_later_forms(person, at, dice))
    if in_cast or not is_reached or dice.chance(0.6):
        story.mails.extend(_mails(person, at, scene[2] if scene else dice.by_weight(_SPELLINGS), dice))
    if person.handle:
        story.messages.extend(_messages(person, at, dice))
    if in_cast or dice.chance(0.62):
        story.purchases.extend(_purchases(person, at, dice))


def _later_forms(person: Person, at: datetime, dice: Dice) -> Iterator[Form]:
    for later in _moments(at, dice.below(3), 24, dice):
        yield Form(later, person, dice.by_weight(_LATER_WAYS), "own", dice.chance(0.6))


def _mails(person: Person, at: datetime, spelling: Spelling, dice: Dice) -> Iterator[Mail]:
    for number, begun in enumerate(_moments(at, dice.between(1, 2), 30, dice)):
        topic, thread = dice.below(1 << 16), f"{person.number}-{number}"
        for turn, moment in enumerate([begun, *_moments(begun, dice.between(1, 5), 1, dice)]):
            yield Mail(moment, person, thread, turn, topic, spelling)


def _messages(person: Person, at: datetime, dice: Dice) -> Iterator[Message]:
    for moment in _moments(at - timedelta(days=3), dice.between(2, 7), 12, dice):
        yield Message(moment, person, dice.chance(0.3), dice.below(1 << 16))


def _purchases(person: Person, at: datetime, dice: Dice) -> Iterator[Purchase]:
    for moment in _moments(at, dice.by_weight(((1, 5), (2, 4), (3, 2), (4, 1))), 30, dice):
        cents = dice.between(80, 900) * 100 + dice.one((0, 0, 50, 80))
        cents *= dice.between(4, 12) if person.organization else 1
        status = dice.by_weight(_STATUSES)
        yield Purchase(moment, person, cents, status)
        if status == "refunded":
            yield Purchase(moment + timedelta(days=6), person, -cents, "refunded")


def _moments(start: datetime, count: int, days: int, dice: Dice) -> Iterator[datetime]:
    """Moments one after another, up to so many days apart, as long as they lie in the half year."""
    for _ in range(count):
        start += timedelta(days=dice.below(days), hours=dice.between(1, 9), minutes=dice.below(60))
        if start >= LAST_DAY:
            return
        yield start
