"""``webform.form``: a post becomes a customer and the submission that brought it, under one id."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from hub.plugin import Connector, Customer, Interaction, Page, Post, Reject, SecretStr, Window, stream
from hub_webform.names import FIELDS, folded
from hub_webform.payload import Payload, Refused, clean, parse
from hub_webform.touch import touch

__all__ = ["Form", "FormSettings"]

KEPT_OF_REJECT = 16 * 1024
MULTIPLE = {"emails", "phones"}
IDENTIFYING = {
    *("full_name", "given_name", "family_name", "organization"),
    *("emails", "phones", "handles", "national_id", "tax_id"),
}
OF_THE_SUBMISSION = {"subject", "body"}
YES = {"1", "on", "yes", "y", "true", "granted", "agree", "checked", "是", "同意", "接受"}


class FormSettings(BaseModel):
    """What the form calls its fields, and who may post it."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    form: str = ""
    """The form's name on a customer's timeline; the connector's name when empty."""
    fields: dict[str, str | list[str]] = Field(default_factory=dict)
    """Canonical field to the form's own field or fields, before the usual names."""
    id_field: str = "submission_id"
    """The field that names a submission, so that one sent twice lands once."""
    honeypot: str = "website_url"
    """A field people do not see; whoever fills it is not one."""
    origins: list[str] = Field(default_factory=list)
    """Web origins that may post from a browser, such as ``https://www.example.com``."""
    max_bytes: int = Field(default=256 * 1024, ge=1024, le=16 * 1024 * 1024)
    """A larger post is refused."""
    secret: SecretStr | None = None
    """When set, a post must carry ``X-Signature: sha256=HEX``, the HMAC of its body."""


class Form(Connector):
    """Takes the posts of one web form."""

    type = "webform.form"
    Settings = FormSettings
    offline = True
    settings: FormSettings

    @stream(Customer, mode="inbox")
    def people(self, window: Window) -> Iterator[Page]:
        """Who filled in the form, when anything in it says who."""
        submission = self._submission(window.post)
        if submission and not submission.is_trap and submission.person:
            yield Page(records=[Customer(id=submission.id, **submission.person, custom=submission.rest)])

    @stream(Interaction, mode="inbox")
    def submissions(self, window: Window) -> Iterator[Page]:
        """The submission itself, with where its sender came from."""
        submission = self._submission(window.post)
        if submission is None:
            return
        if submission.is_trap:
            yield Page(rejected=[submission.trapped(self.settings.honeypot)])
        else:
            yield Page(records=[submission.interaction()])

    def _submission(self, post: Post | None) -> _Submission | None:
        if post is None:
            return None
        if self.settings.secret:
            check_signature(post, self.settings.secret)
        return read_submission(post, self.settings, self.settings.form or self.context.name)


@dataclass(frozen=True, slots=True)
class _Submission:
    id: str
    form: str
    post: Post
    is_trap: bool
    person: Mapping[str, Any]
    about: Mapping[str, str]
    touch: Mapping[str, Any]
    rest: dict[str, Any]
    files: list[dict[str, Any]]

    def interaction(self) -> Interaction:
        custom = self.rest | {"form": self.form} | ({"files": self.files} if self.files else {})
        return Interaction(
            id=self.id,
            customer_ref=self.id if self.person else "",
            occurred_at=self.post.received_at,
            kind="form",
            direction="inbound",
            subject=self.about.get("subject") or self.form,
            body=self.about.get("body", ""),
            **self.touch,
            custom=custom,
        )

    def trapped(self, honeypot: str) -> Reject:
        raw = self.post.body[:KEPT_OF_REJECT].decode("utf-8", "replace")
        return Reject(f"honeypot field {honeypot!r} was filled: not a person", raw, source_id=self.id)


def check_signature(post: Post, secret: SecretStr) -> None:
    """Refuse a post whose ``X-Signature`` is not the HMAC-SHA256 of its body under ``secret``."""
    given = post.headers.get("x-signature", "").strip().removeprefix("sha256=").lower()
    expected = hmac.new(secret.get_secret_value().encode(), post.body, sha256).hexdigest()
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise Refused(
            "the post is not signed by us" if given else "the post carries no X-Signature",
            http_status=401,
            cause="another secret, or a body changed on its way",
            step="sign the exact body with HMAC-SHA256 and send it as X-Signature: sha256=HEX",
        )


def read_submission(post: Post, settings: FormSettings, form: str) -> _Submission:
    """Sort a post's fields into the person, the message, the touch, and the rest."""
    payload = parse(post)
    by_folded: dict[str, list[str]] = {}
    for name in payload.fields:
        by_folded.setdefault(folded(name), []).append(name)
    person: dict[str, Any] = {}
    about: dict[str, str] = {}
    of_person: set[str] = set()
    used = {settings.id_field, settings.honeypot, "_charset_"}
    for canonical, wanted in _mapping(settings.fields).items():
        names = [
            name for one in wanted for name in by_folded.get(folded(one), []) if any(payload.texts(name))
        ]
        names = names if canonical in MULTIPLE else names[:1]
        values = [text for name in names for text in payload.texts(name) if text]
        if values and canonical in OF_THE_SUBMISSION:
            about[canonical] = values[0]
            used.update(names)
        elif values:
            person = _with(person, canonical, values)
            of_person.update(names)
    if IDENTIFYING.isdisjoint(person):
        person = {}  # a country alone is nobody
    else:
        used |= of_person
    found, touch_fields = touch(payload, clean(post.headers.get("referer", "")))
    used |= touch_fields
    rest = {name: _plain(values) for name, values in payload.fields.items() if name not in used}
    return _Submission(
        id=_submission_id(payload, post, settings, form),
        form=form,
        post=post,
        is_trap=bool(settings.honeypot and payload.first([settings.honeypot])),
        person=person,
        about=about,
        touch=found,
        rest=rest,
        files=payload.files,
    )


def _mapping(own: Mapping[str, str | list[str]]) -> dict[str, tuple[str, ...]]:
    """The admin's names first, then the usual ones; a field the admin mapped has no usual names."""
    named = {key: (value,) if isinstance(value, str) else tuple(value) for key, value in own.items()}
    taken = {folded(name) for names in named.values() for name in names}
    usual = {key: tuple(n for n in names if folded(n) not in taken) for key, names in FIELDS.items()}
    return usual | named


def _with(person: Mapping[str, Any], canonical: str, values: list[str]) -> dict[str, Any]:
    family, _, kind = canonical.partition(".")
    if family == "handles":
        return {**person, "handles": [*person.get("handles", []), f"{kind}:{values[0]}"]}
    if family == "consent":
        answer = "granted" if values[0].casefold() in YES else "denied"
        return {**person, "consent": {**person.get("consent", {}), kind: answer}}
    if canonical in MULTIPLE:
        return {**person, canonical: list(dict.fromkeys(values))}
    return {**person, canonical: values[0]}


def _submission_id(payload: Payload, post: Post, settings: FormSettings, form: str) -> str:
    """The sender's own key, else a hash of the content and the minute, so that a double click lands once."""
    named = payload.first([settings.id_field]) or clean(post.headers.get("idempotency-key", "")).strip()
    if named and len(named) <= 200:
        return named
    minute = "" if named else post.received_at.strftime("%Y-%m-%dT%H:%M")
    content = json.dumps([payload.fields, payload.files], sort_keys=True, ensure_ascii=False, default=str)
    return sha256("\x1f".join([form, named or content, minute]).encode()).hexdigest()[:40]


def _plain(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values
