"""The names that records and customers keep for ever."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hub.core.model import SourceRecord, key_of_public_id, keys_under, public_id, record_key


@given(st.text(), st.text(), st.text())
def test_a_record_has_one_key_however_it_is_computed(connector: str, stream: str, source_id: str) -> None:
    names = [name.encode(errors="replace").decode() for name in (connector, stream, source_id)]
    assert keys_under(*names[:2])(names[2]) == record_key(*names)


@given(st.integers(0, 2**63 - 1))
def test_a_public_id_leads_back_to_its_key(key: int) -> None:
    assert key_of_public_id(public_id(key)) == key


def test_equal_content_is_equal_text_and_comes_back() -> None:
    record = SourceRecord(1, given="wei", emails=("a@b.org",), custom=(("pet", "cat"),))
    assert SourceRecord.load(1, record.dump()) == record
    assert record.dump() == record._replace(key=2).dump()
