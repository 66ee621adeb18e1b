"""Histories show every channel, can be searched, and add up to figures."""

from __future__ import annotations

from typing import Any

import pytest

from hub.core.timeline import behaviour, folded, sought, timeline


def test_a_history_holds_touches_and_orders_newest_first() -> None:
    interactions = [
        {"touch": 1, "at": 10, "kind": "visit", "channel": "Paid Search", "subject": None},
        {
            "touch": 4,
            "at": 30,
            "kind": "",
            "channel": "Email",
            "subject": "Hello",
            "value": 9,
            "currency": "CNY",
        },
    ]
    orders = [{"order": 3, "at": 30, "amount": -5, "currency": "CNY", "status": "refunded"}]
    found = timeline(interactions, orders)
    assert [(m.raw_record, m.kind, m.title) for m in found] == [
        (4, "touch", "Hello"),
        (3, "order", "refunded"),
        (1, "visit", ""),
    ]
    assert [(m.amount, m.currency, m.channel) for m in found] == [
        (9, "CNY", "Email"),
        (-5, "CNY", ""),
        (None, "", "Paid Search"),
    ]
    assert timeline(interactions, orders, newest_first=False) == found[::-1]


# ---- windows ----


MAILS = [
    {"touch": 1, "at": 10, "kind": "mail", "channel": "Email", "subject": "Tea?", "thread": "t", "direction": "inbound"},
    {"touch": 2, "at": 40, "kind": "mail", "channel": "Email", "subject": "Re: Tea?", "thread": "t", "direction": "outbound"},
    {"touch": 3, "at": 50, "kind": "mail", "channel": "Email", "subject": "Cups", "thread": "u", "direction": "inbound"},
    {"touch": 4, "at": 20, "kind": "visit", "channel": "Paid Search", "subject": ""},
]  # fmt: skip
ORDERS = [
    {"order": 5, "at": 60, "amount": 100, "currency": "CNY", "status": "done", "lines": [{"product": "Longjing tea", "amount": 100}]},
    {"order": 6, "at": 70, "amount": 50, "currency": "CNY", "status": "done"},
    {"order": 7, "at": 80, "amount": -25, "currency": "CNY", "status": "refunded"},
    {"order": 8, "at": 65, "amount": 7, "currency": "USD", "status": "done"},
]  # fmt: skip


def test_a_thread_of_mails_is_one_moment_at_its_latest_titled_as_it_began() -> None:
    found = folded(timeline(MAILS, []))
    assert [(m.at, m.title, [one.raw_record for one in m.within]) for m in found] == [
        (50, "Cups", []),
        (40, "Tea?", [1, 2]),
        (20, "", []),
    ]
    assert folded(timeline(MAILS, []), newest_first=False) == found[::-1]


def test_orders_carry_their_lines() -> None:
    (order,) = timeline([], ORDERS[:1])
    assert order.lines == ({"product": "Longjing tea", "amount": 100},)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, [7, 6, 8, 5, 3, 2, 4, 1]),
        ({"kinds": ["Mail"]}, [3, 2, 1]),
        ({"kinds": ["order", "visit"]}, [7, 6, 8, 5, 4]),
        ({"channels": ["email", "none"]}, [3, 2, 1]),
        ({"since": 20, "until": 50}, [2, 4]),
        ({"words": "TEA re"}, [2]),
        ({"words": "longjing"}, [5]),
        ({"words": "coffee"}, []),
    ],
)
def test_a_history_is_searched_and_filtered(asked: dict[str, Any], expected: list[int]) -> None:
    assert [moment.raw_record for moment in sought(timeline(MAILS, ORDERS), **asked)] == expected


def test_a_word_in_any_mail_finds_its_whole_thread() -> None:
    (found,) = sought(folded(timeline(MAILS, [])), words="re:")
    assert found.title == "Tea?"


def test_behaviour_tells_when_how_often_how_much_and_by_which_channels() -> None:
    day = 86_400_000_000
    told = behaviour(timeline(MAILS, ORDERS), now=70 + 3 * day + day // 2)
    assert (told.first_seen, told.last_seen, told.last_order, told.recency_days) == (10, 80, 70, 3)
    assert told.frequency == 3
    assert told.spend == {"CNY": 125, "USD": 7}
    assert told.average_order == {"CNY": 62, "USD": 7}
    assert list(told.channels.items()) == [("Email", 2), ("Paid Search", 1)]
    assert behaviour(folded(timeline(MAILS, ORDERS)), now=70 + 3 * day) == told


def test_what_the_company_sent_is_not_the_customer_being_seen() -> None:
    sent = [{**MAILS[0], "at": 90, "direction": "outbound"}]
    told = behaviour(timeline(sent, []), now=100)
    assert (told.first_seen, told.last_seen, told.channels) == (90, None, {})


def test_an_empty_history_has_no_figures() -> None:
    told = behaviour([], now=5)
    assert (told.first_seen, told.recency_days, told.frequency, told.spend, told.average_order) == (
        None,
        None,
        0,
        {},
        {},
    )


def test_an_order_in_the_future_is_not_long_ago() -> None:
    assert behaviour(timeline([], ORDERS[:1]), now=0).recency_days == 0
