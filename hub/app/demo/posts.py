"""Form posts as they come over the wire: urlencoded from pages, JSON from an app, kept one a line to be sent."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from hub.app.demo.spelling import spelt
from hub.app.demo.story import LAST_DAY, Form

if TYPE_CHECKING:
    from hub.plugin import Post

__all__ = ["posts", "read_posts"]

PAGE = "https://www.lantern-tea.example/contact"


def posts(forms: Iterable[Form]) -> bytes:
    """The posts of these forms, one JSON object a line, and a robot's at the end."""
    lines = [_post(number, form) for number, form in enumerate(forms, start=1)]
    robot = urlencode({"submission_id": "w9999", "name": "SEO Expert", "website_url": "http://spam.example"})
    lines.append(_line(LAST_DAY, "application/x-www-form-urlencoded", {}, robot))
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()


def read_posts(path: Path) -> Iterator[Post]:
    """The posts kept at ``path``, as a web server would hand them to the inbox."""
    from hub.plugin import Post

    for line in path.read_text("utf-8").splitlines():
        kept = json.loads(line)
        yield Post(
            kept["body"].encode(), kept["content_type"], kept["headers"],
            received_at=datetime.fromisoformat(kept["received_at"]),
        )  # fmt: skip


def _post(number: int, form: Form) -> dict[str, object]:
    person, way = form.person, form.way
    said = {
        "submission_id": f"w{number:04}",
        "name": spelt(person, form.spelling),
        "email": person.email.upper() if number % 11 == 0 else person.email,
        "phone": _phone(person.mobile, number) if form.says_phone else "",
        "company": person.organization,
        "city": person.city,
        "message": "请联系我。" if person.han else "Please get in touch.",
    }
    network, _, handle = person.handle.partition(":")
    if person.tells_handle:
        said[network] = handle
    marks = {
        "utm_source": way.source, "utm_medium": way.medium, "utm_campaign": way.campaign,
        way.click_id or "gclid": f"demo{number:06}" if way.click_id else "",
    }  # fmt: skip
    marks = {name: text for name, text in marks.items() if text}
    said["referrer"] = way.referrer
    if number % 3 == 0:
        body = json.dumps({**_known(said), **marks}, ensure_ascii=False)
        return _line(form.at, "application/json", {}, body)
    body = urlencode(_known(said), quote_via=quote)
    headers = {"referer": f"{PAGE}?{urlencode(marks)}" if marks else PAGE}
    return _line(form.at, "application/x-www-form-urlencoded", headers, body)


def _known(fields: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in fields.items() if text}


def _line(at: datetime, content_type: str, headers: dict[str, str], body: str) -> dict[str, object]:
    received = (at + timedelta(seconds=1)).isoformat()
    return {"received_at": received, "content_type": content_type, "headers": headers, "body": body}


def _phone(mobile: str, number: int) -> str:
    """A mobile as different people type it."""
    if mobile.startswith("+"):
        return mobile.replace(" ", "") if number % 2 else mobile
    spaced = f"{mobile[:3]} {mobile[3:7]} {mobile[7:]}"
    return (mobile, f"+86 {spaced}", spaced.replace(" ", "-"), f"0086{mobile}")[number % 4]
