"""A schedule as cron means it, for APScheduler, which means something else by some of it.

``CronTrigger.from_crontab`` takes weekday 0 for Monday and knows no 7, so ``0 3 * * 0`` would run on
Mondays; and it joins a day of the month and a day of the week by *and* where cron joins them by *or*.
Weekdays are therefore passed on by name, and the second case is refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apscheduler.triggers.cron import CronTrigger

__all__ = ["trigger"]

WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
PART = re.compile(r"(?:(\*)|([a-z]+|\d)(?:-([a-z]+|\d))?)(?:/(\d+))?", re.IGNORECASE)


def trigger(expression: str, timezone: str) -> CronTrigger:
    """The trigger for five cron fields; ``ValueError`` says what is wrong with them."""
    from zoneinfo import ZoneInfo

    from apscheduler.triggers.cron import CronTrigger

    parts = expression.split()
    if len(parts) != 5:
        raise ValueError(f"has {len(parts)} fields where cron has 5: minute hour day month weekday")
    minute, hour, day, month, weekday = parts
    if day != "*" and weekday != "*":
        raise ValueError("sets both a day of the month and a weekday; use one of them")
    return CronTrigger(
        minute=minute,
        hour=hour,
        day=day,
        month=month,
        day_of_week=_weekdays(weekday),
        timezone=ZoneInfo(timezone),
    )


def _weekdays(field: str) -> str:
    """Names instead of numbers: ``1-5`` is Monday to Friday, and 0 and 7 are both Sunday."""
    if field == "*":
        return field
    chosen: set[int] = set()
    for part in field.split(","):
        match = PART.fullmatch(part)
        if not match:
            raise ValueError(f"{part!r} is no weekday; write 0-7 or sun, mon, ...")
        star, first, last, step = match.groups()
        start = 0 if star else _number(first)
        end = 6 if star else _number(last) if last else 6 if step else start
        if end < start:  # fri-mon, and 5-0
            end += 7
        if step == "0":
            raise ValueError(f"{part!r} steps by 0")
        chosen |= {day % 7 for day in range(start, end + 1, int(step or 1))}
    return ",".join(WEEKDAYS[day] for day in sorted(chosen))


def _number(day: str) -> int:
    if day.isdigit() and int(day) <= 7:
        return int(day)
    if day.lower() in WEEKDAYS:
        return WEEKDAYS.index(day.lower())
    raise ValueError(f"{day!r} is no weekday; write 0-7 or sun, mon, ...")
