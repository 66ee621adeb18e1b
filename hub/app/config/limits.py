"""What ``[hub.limits]`` may say: how many records may share a value before it tells nobody apart."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from hub.app.config.frozen import Frozen
from hub.core.keys import KINDS, Limits

__all__ = ["LimitsConfig"]

# each holder of a live value is compared with every other one, so that a limit costs its square
Limit = Annotated[int, Field(strict=True, ge=1, le=1_000)]

_SHIPPED: Final = {kind.name: kind.limit for kind in KINDS}


class LimitsConfig(Frozen):
    """The table ``[hub.limits]``: how many records may share a value before it is generic.

    A generic value brings nobody together and counts as missing; 1 has values of a kind never bring two records
    together. Records that say the very same count as one. What a changed limit had joined or kept apart is judged
    anew at the next resolution.
    """

    email: Limit = _SHIPPED["email"]
    """An e-mail address."""
    phone: Limit = _SHIPPED["phone"]
    """A phone number."""
    handle: Limit = _SHIPPED["handle"]
    """A handle on a network."""
    national_id: Limit = _SHIPPED["national id"]
    """A national id."""
    tax_id: Limit = _SHIPPED["tax id"]
    """A tax id."""
    address: Limit = _SHIPPED["address"]
    """A postal address: street and postal code, or street, house and city."""
    organization: Limit = _SHIPPED["organization"]
    """The name of an organization, in records that name no person."""
    custom: Limit = _SHIPPED["custom"]
    """A value of a field of the company's own that a plugin compares."""

    def by_kind(self) -> Limits:
        """The limits in force for every kind of blocking key."""
        return Limits.but({name.replace("_", " "): limit for name, limit in self})
