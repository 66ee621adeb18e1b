"""What levels are worth where it matters which value is shared, looked up once for each word."""

from __future__ import annotations

import numpy as np
import polars as pl

from hub.core.match.likeness import Column, used
from hub.core.match.matcher import Matcher

__all__ = ["worth_by_word"]


def worth_by_word(
    matcher: Matcher, what: str, level: str, field: str, words: pl.Series, places: Column
) -> Column:
    """The worth of a level with the words at these places: a row for each alternative."""
    some = used(places, len(words))
    frequency, worth = matcher.lore.frequency, matcher.worth
    table = np.zeros((3, len(words)), np.int32)
    each = [worth(((what, level, frequency(field, word)),)) for word in words.gather(some)]
    table[:, some] = np.array(each, np.int32).reshape(-1, 3).T
    return table[:, places]
