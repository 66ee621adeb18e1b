"""How one name comes out in different places: in characters, in pinyin, in a short form."""

from __future__ import annotations

from hub.app.demo.people import Person
from hub.app.demo.story import Spelling

__all__ = ["spelt"]


def spelt(person: Person, spelling: Spelling) -> str:
    """The person's name in this spelling, or as they write it themselves where there is no such one."""
    if spelling == "latin":
        return person.latin
    if spelling == "traditional" and person.traditional:
        return person.traditional
    if spelling == "nickname" and person.nickname:
        return f"{person.nickname} {person.family}"
    return person.name
