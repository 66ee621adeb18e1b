"""The verbs of ``hub customers``: search, show, explain, merge, split, keep apart, take back, pin."""

from __future__ import annotations

from hub.app.customers.effect import Effect
from hub.app.customers.explain import Link
from hub.app.customers.history import Filter, History
from hub.app.customers.show import Former, Shown
from hub.app.customers.verbs import Customers

__all__ = ["Customers", "Effect", "Filter", "Former", "History", "Link", "Shown"]
