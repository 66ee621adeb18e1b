"""Customers are drawn many at a time; nobody sees that."""

from __future__ import annotations

from hub.app.portrait import AT_ONCE, draw
from hub.core.merge import Survivorship, load
from hub.store.profiles import MemberRow

RULES = Survivorship()


def row(cluster: int, record: int, *, makes: bool = True, at: int = 0) -> MemberRow:
    fields = f'{{"full_name":"Ann {record}","emails":["a{record}@x.org"]}}'
    content = f'{{"given":"ann","family":"{record}","emails":["a{record}@x.org"]}}'
    return MemberRow(record, cluster, makes, at, content, fields, 1, "crm", "people", f"{record}", "", 0, 0)


def clusters(count: int) -> list[tuple[int, list[MemberRow]]]:
    """Of one to three records; in every seventh none may make a customer."""
    return [
        (label, [row(label, 10 * label + part, makes=label % 7 > 0) for part in range(1 + label % 3)])
        for label in range(1, count + 1)
    ]


def test_customers_drawn_together_are_as_each_is_alone() -> None:
    some = clusters(2 * AT_ONCE + 3)
    together = list(draw(RULES, some, {}))
    assert together == [customer for one in some for customer in draw(RULES, [one], {})]
    assert [customer.cluster for customer in together] == [label for label, _ in some if label % 7]


def test_nothing_is_drawn_of_no_clusters() -> None:
    assert list(draw(RULES, [], {})) == []


def test_a_customer_shows_the_id_of_its_earliest_record_that_may_make_one() -> None:
    rows = [row(1, 5, at=3), row(1, 6, at=2), row(1, 7, at=1, makes=False)]
    [customer] = draw(RULES, [(1, rows)], {})
    assert (customer.anchor, customer.members) == (6, 3)


def test_a_pin_is_shown_by_the_customer_of_its_record_alone() -> None:
    pins = {10: {"full_name": '"Pinned"'}}
    named = {one.cluster: one.name for one in draw(RULES, clusters(2), pins)}
    assert named == {1: "Pinned", 2: "Ann 20"}


def test_a_customer_of_whom_only_a_source_s_id_is_known_is_called_by_it() -> None:
    stub = row(1, 5)._replace(content='{"ref":"shop/people/5"}', fields="{}")
    [customer] = draw(RULES, [(1, [stub])], {})
    assert (customer.name, load(customer.profile).fields) == ("shop/people/5", {})
