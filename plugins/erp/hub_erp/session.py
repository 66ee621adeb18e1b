"""A logged-in conversation with a Tryton server over JSON-RPC, in either generation of its URLs.

Since 8.0 calls go to ``/<database>/rpc/``, before that to ``/<database>/``. Most failures come as
HTTP 200 with an ``error`` in the body; an expired session comes as 401 and is opened again, once.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from hub.errors import ConfigError, HubError, PluginError, TransientError
from hub.rest import Answer, Client, Header, scrub
from hub_erp.tagged import decoded, encoded

__all__ = ["LoggedOut", "Session"]

GENERATIONS = ("rpc/", "")
WRONG_DOOR = (404, 405)
SHUT_OUT = (401, 403)
FORGOTTEN = ("NotLogged", "LoginException")
"""What servers of different age call a session they no longer know."""


class LoggedOut(ConfigError):
    """The server does not take our session (any more)."""


class Session:
    """Speaks for one user; logs in when first needed and again when the server forgot."""

    def __init__(self, client: Client, database: str, username: str, password: str) -> None:
        self._client = client
        self._database = database
        self._username = username
        self._password = password
        self._secrets = (password,)
        self._path = ""
        self._fields: dict[str, frozenset[str]] = {}
        self.context: dict[str, Any] = {}

    def login(self) -> None:
        """Open a session, finding out by which URL the server wants to be called."""
        self._client.use(None)
        parameters = [self._username, {"password": self._password}, "en"]
        for ending in GENERATIONS:
            path = f"{quote(self._database, safe='')}/{ending}"
            answer = self._post(path, "common.db.login", parameters, (*WRONG_DOOR, *SHUT_OUT, 503))
            if answer.status not in WRONG_DOOR:
                break
        else:
            raise ConfigError(
                "no Tryton answers there",
                where=f"database {self._database!r}",
                cause="base_url is not a Tryton server's, or it has no such database",
                step="check base_url and database; the desktop client shows both when it logs in",
            )
        if answer.status == 503:
            raise self._unavailable(answer)
        uid, token = self._opened(answer)
        value = base64.b64encode(f"{self._username}:{uid}:{token}".encode()).decode()
        session = Header("Authorization", value, setting="username and password", prefix="Session ")
        session.secrets += (token,)
        self._secrets = (self._password, *session.secrets)
        self._client.use(session)
        self._path = path

    def prepare(self, company: int | None) -> None:
        """Take on the user's own context, for another company if one is named, and see inactive records."""
        preferences = self.call("model.res.user.get_preferences", True, {})
        self.context = {**preferences, "active_test": False}
        if company is not None:
            self.context |= {"company": company, "companies": [company]}

    def model(self, name: str, *params: Any) -> Any:
        """Call a model's method in our context: ``model("party.party.search", …)``."""
        return self.call(f"model.{name}", *params, self.context)

    def rows(
        self,
        model: str,
        domain: Sequence[Any],
        fields: Sequence[str],
        limit: int | None = None,
        order: str = "id",
    ) -> list[dict[str, Any]]:
        """The records a domain describes, with those of the fields that this server's version knows."""
        known = self.fields(model)
        asked = [name for name in fields if name.partition(".")[0] in known]
        orders = [[name, "ASC"] for name in dict.fromkeys((order, "id")) if name in known]
        return self.model(f"{model}.search_read", list(domain), 0, limit, orders, asked)

    def fields(self, model: str) -> frozenset[str]:
        """The names of the fields a model has here."""
        if model not in self._fields:
            self._fields[model] = frozenset(self.model(f"{model}.fields_get"))
        return self._fields[model]

    def call(self, method: str, *params: Any) -> Any:
        """The result of a call; an expired session is opened again, once."""
        if not self._path:
            self.login()
        try:
            answer = self._ask(method, params)
        except LoggedOut:
            self.login()
            answer = self._ask(method, params)
        return decoded(answer.data["result"])

    def logout(self) -> None:
        """Close the session at the server too, trying once; that it may fail is no matter."""
        if self._path:
            with suppress(HubError):
                self._ask("common.db.logout", (), tries=1)
            self._path = ""

    def _ask(self, method: str, params: Sequence[Any], tries: int | None = None) -> Answer:
        answer = self._post(self._path, method, params, SHUT_OUT, tries)
        if answer.status in SHUT_OUT:
            raise LoggedOut(
                f"the server answered {answer.status} to {method}",
                cause="the user may not call this, or sessions end at once",
                step="give the user the groups that read parties and sales",
            )
        if not isinstance(answer.data, dict) or "result" not in answer.data:
            raise PluginError(
                f"the answer to {method} is no JSON-RPC answer",
                cause="base_url leads to something else than Tryton",
                step="check base_url",
            )
        return answer

    def _post(
        self,
        path: str,
        method: str,
        params: Sequence[Any],
        expected: tuple[int, ...],
        tries: int | None = None,
    ) -> Answer:
        body = {"id": 1, "method": method, "params": encoded(list(params))}
        answer = self._client.request(
            "POST", path, json=body, repeatable=True, tries=tries, expected=expected
        )
        told = self._told(answer.data, method)
        if told is not None:
            raise told
        return answer

    def _told(self, body: Any, method: str) -> HubError | None:
        """The error inside an answer of HTTP 200, told apart by what can be done about it."""
        error = body.get("error") if isinstance(body, dict) else None
        if not error:
            return None
        name, said = _name_and_words(error)
        said = scrub(said, self._secrets)[:200]
        where = f"{method}, database {self._database!r}"
        if name in FORGOTTEN:
            return LoggedOut(
                "Tryton asks for a login" if method != "common.db.login" else "Tryton refused the login",
                where=where,
                cause="the password is wrong, or this user needs more than a password to log in",
                step="check the settings username and password",
            )
        if name == "UserError":
            return ConfigError(
                f"Tryton refused: {said}",
                where=where,
                cause="the user may not read this",
                step="give the user the groups that read parties and sales",
            )
        if name == "ConcurrencyException" or "OperationalError" in said or "locked" in said:
            return TransientError(f"Tryton is busy: {said}", where=where, step="the hub comes back later")
        return PluginError(
            f"Tryton failed: {said or name}",
            where=where,
            cause="its version or modules differ from what the connector expects",
            step="look into the server's log; if it has no `sale` module, set sales = false",
        )

    def _opened(self, answer: Answer) -> tuple[int, str]:
        result = answer.data.get("result") if isinstance(answer.data, dict) else None
        if answer.status in SHUT_OUT or not isinstance(result, list) or len(result) < 2:
            raise ConfigError(
                f"Tryton refused the login of {self._username!r}",
                where=f"database {self._database!r}",
                cause="the user name or the password is wrong",
                step="check the settings username and password",
            )
        return result[0], str(result[1])

    def _unavailable(self, answer: Answer) -> HubError:
        if "exist" in str(answer.data):
            return ConfigError(
                f"the server has no database {self._database!r}",
                cause="its name is spelled differently, or it was moved",
                step="check the setting database",
            )
        return TransientError("the server is starting or overloaded", step="the hub comes back later")


def _name_and_words(error: Any) -> tuple[str, str]:
    """Tryton's own errors are ``[name, [words, …]]``, all others ``[words, traceback]``."""
    if not isinstance(error, list) or not error:
        return "", str(error)
    words = error[1] if len(error) > 1 else ""
    if isinstance(words, list):
        return str(error[0]), " ".join(str(words[0]).split()) if words else ""
    return str(error[0]), " ".join(str(error[0]).split())
