from __future__ import annotations

import sys
import traceback
import types
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    Secret,
    SecretStr,
    field_validator,
    model_validator,
)

from hub.app.secrets import make_settings
from hub.errors import ConfigError, PluginError

CANARY = "sesame-0pen-4711"


class Account(BaseModel):
    token: SecretStr
    user: str = ""


class Mail(BaseModel):
    host: str
    port: int = 993
    kind: Literal["imap", "pop"] = "imap"
    password: SecretStr
    spare: SecretStr | None = None
    many: list[SecretStr] = []
    named: dict[str, SecretStr] = {}
    pin: Secret[int] | None = None
    account: Account | None = None
    accounts: list[Account] = []
    headers: dict[str, str] = {}
    since: str | int | None = None

    @field_validator("host")
    @classmethod
    def _talkative(cls, value: str) -> str:
        if value.startswith("sesame"):
            raise ValueError(f"{value!r} is no host")
        return value

    @model_validator(mode="after")
    def _indiscreet(self) -> Mail:
        if self.port == 1:
            raise ValueError(f"no port for {self.password.get_secret_value()}")
        if self.port == 2:
            raise KeyError(self.password.get_secret_value())
        return self


@pytest.fixture(autouse=True)
def canary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CANARY", CANARY)
    monkeypatch.setenv("EMPTY", "")
    monkeypatch.delenv("ABSENT", raising=False)
    (tmp_path / "canary.txt").write_text(CANARY + "\n", encoding="utf-8")


@pytest.fixture
def make(tmp_path: Path) -> Any:
    def made(model: type[BaseModel] = Mail, /, **raw: Any) -> Any:
        return make_settings(model, raw, where="connectors.toml:3 [connectors.mail]", base=tmp_path)

    return made


def refusal(make: Any, *args: Any, error: type[Exception] = ConfigError, **raw: Any) -> str:
    with pytest.raises(error) as caught:
        make(*args, **raw)
    told = "".join(traceback.format_exception(caught.value, chain=True)) + repr(caught.value.__context__)
    assert CANARY not in told
    assert CANARY not in repr(vars(caught.value))
    return str(caught.value)


PASSWORD = {"password": {"env": "CANARY"}}


@pytest.mark.parametrize("reference", [{"env": "CANARY"}, {"file": "canary.txt"}])
def test_reference_becomes_the_secret(make: Any, reference: dict[str, str]) -> None:
    mail = make(host="h", password=reference, spare=reference, many=[reference], account={"token": reference})
    assert mail.password.get_secret_value() == CANARY
    assert mail.spare.get_secret_value() == CANARY
    assert mail.many[0].get_secret_value() == CANARY
    assert mail.account.token.get_secret_value() == CANARY
    assert CANARY not in repr(mail)


def test_reference_is_resolved_in_a_field_that_is_no_secret(
    make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", "143")
    monkeypatch.setenv("HOST", "h")
    mail = make(host={"env": "HOST"}, port={"env": "PORT"}, since={"env": "PORT"}, **PASSWORD)
    assert (mail.host, mail.port, mail.since) == ("h", 143, "143")


def test_table_that_only_looks_like_a_reference_stays_a_table(make: Any) -> None:
    mail = make(host="h", headers={"env": "production"}, named={"env": {"env": "CANARY"}}, **PASSWORD)
    assert mail.headers == {"env": "production"}
    assert mail.named["env"].get_secret_value() == CANARY


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ({"password": CANARY}, "password"),
        ({"spare": CANARY}, "spare"),
        ({"many": [CANARY]}, "many[0]"),
        ({"named": {"a": CANARY}}, "named.a"),
        ({"account": {"token": CANARY}}, "account.token"),
        ({"accounts": [{"token": {"env": "CANARY"}}, {"token": CANARY}]}, "accounts[1].token"),
        ({"password": [CANARY]}, "password"),
        ({"password": {"vault": CANARY}}, "password"),
        ({"password": {"env": "CANARY", "file": CANARY}}, "password"),
        ({"password": ""}, "password"),
        ({"pin": 4711}, "pin"),
    ],
)
def test_literal_secret_is_refused_unseen(make: Any, raw: dict[str, Any], key: str) -> None:
    message = refusal(make, **{"host": "h", **PASSWORD, **raw})
    assert f"{key}: a secret must not be written into the file" in message
    assert "{ env = " in message
    assert "4711" not in message


def test_literal_secret_is_not_repeated_by_a_talkative_check(make: Any) -> None:
    assert "no port" not in refusal(make, host="h", port=1, password=CANARY)
    refusal(make, host="h", port=2, password=CANARY)


def test_unset_variable_is_named_with_the_connector(make: Any) -> None:
    message = refusal(make, host="h", password={"env": "ABSENT"})
    assert message.startswith("connectors.toml:3 [connectors.mail]: password: ")
    assert "the environment variable ABSENT is not set" in message
    assert "set ABSENT" in message


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ({"env": "EMPTY"}, "EMPTY is set but empty"),
        ({"file": "nowhere.txt"}, "No such file"),
        ({"file": "."}, "cannot be read"),
        ({"file": "empty.txt"}, "is empty"),
        ({"file": "latin.txt"}, "not UTF-8"),
        ({"file": "huge.txt"}, "larger than"),
        ({"keyring": "service"}, "SERVICE/USER"),
    ],
)
def test_reference_that_leads_nowhere_is_told(
    make: Any, tmp_path: Path, reference: dict[str, str], told: str
) -> None:
    (tmp_path / "empty.txt").write_text("\n")
    (tmp_path / "latin.txt").write_bytes(b"\xe9" + CANARY.encode())
    (tmp_path / "huge.txt").write_text(CANARY * 5000)
    assert told in refusal(make, host="h", password=reference)


def test_only_the_last_line_end_of_a_secret_file_is_dropped(make: Any, tmp_path: Path) -> None:
    (tmp_path / "odd.txt").write_bytes(b"\xef\xbb\xbf two words \n\r\n")
    assert make(host="h", password={"file": "odd.txt"}).password.get_secret_value() == " two words \n"


def test_secret_file_may_lie_elsewhere(make: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in (str(tmp_path / "canary.txt"), "~/canary.txt"):
        assert make(host="h", password={"file": name}).password.get_secret_value() == CANARY


def test_keyring_is_asked_for_service_and_user(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def get_password(service: str, user: str) -> str | None:
        if user == "locked":
            raise OSError(CANARY)
        return CANARY if (service, user) == ("crm/hub", "mail") else None

    monkeypatch.setitem(sys.modules, "keyring", types.SimpleNamespace(get_password=get_password))
    assert make(host="h", password={"keyring": "crm/hub/mail"}).password.get_secret_value() == CANARY
    assert "keyring set crm hub" in refusal(make, host="h", password={"keyring": "crm/hub"})
    assert "could not be asked (OSError)" in refusal(make, host="h", password={"keyring": "crm/locked"})


def test_missing_keyring_package_says_how_to_get_it(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert "pip install 'crm-hub[keyring]'" in refusal(make, host="h", password={"keyring": "a/b"})


def test_nothing_is_looked_up_for_a_connector_that_is_not_made(make: Any) -> None:
    raw = {"host": "h", "password": {"env": "ABSENT"}}
    refusal(make, **raw)
    assert raw == {"host": "h", "password": {"env": "ABSENT"}}


def test_unknown_key_is_refused_with_the_nearest_even_where_pydantic_would_ignore_it(make: Any) -> None:
    assert "hots: no such setting (did you mean host?)" in refusal(make, hots="h", host="h", **PASSWORD)
    assert "account.usr: no such setting (did you mean user?)" in refusal(
        make, host="h", account={"token": {"env": "CANARY"}, "usr": "x"}, **PASSWORD
    )


def test_misspelt_key_of_the_hub_is_offered_beside_the_settings(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"did you mean schedule\?"):
        make_settings(Account, {"shedule": "x"}, where="", base=tmp_path, also=["schedule"])


def test_unknown_key_far_from_any_lists_what_there_is(make: Any) -> None:
    assert "there are: token, user" in refusal(make, Account, zzz=1, token={"env": "CANARY"})


def test_model_that_allows_further_keys_gets_them_resolved(make: Any) -> None:
    class Loose(BaseModel):
        model_config = ConfigDict(extra="allow")

    made = make(Loose, anything={"env": "CANARY"}, deep={"a": [{"env": "CANARY"}]}, n=1)
    assert made.model_extra == {"anything": CANARY, "deep": {"a": [CANARY]}, "n": 1}


def test_aliases_are_the_keys_of_the_file(make: Any) -> None:
    class Aliased(BaseModel):
        model_config = ConfigDict(validate_by_name=True)
        token: Annotated[SecretStr, Field(alias="api-token")]
        user: str = Field(validation_alias=AliasChoices("login", "name"))

    made = make(Aliased, **{"api-token": {"env": "CANARY"}, "name": "u"})
    assert made.token.get_secret_value() == CANARY
    assert make(Aliased, token={"env": "CANARY"}, login="u").user == "u"
    assert "secret must not be" in refusal(make, Aliased, **{"api-token": CANARY, "name": "u"})
    assert "did you mean login?" in refusal(make, Aliased, token={"env": "CANARY"}, logn="u")


def test_every_fault_is_told_at_once_by_its_key(make: Any) -> None:
    message = refusal(
        make, port="x", kind="smtp", account={"token": {"env": "CANARY"}, "user": 5}, accounts=[{}]
    )
    assert "6 settings are wrong" in message
    assert "host: is missing" in message
    assert 'password: is missing; refer to it, such as password = { env = "PASSWORD" }' in message
    assert "port: should be a valid integer" in message
    assert "kind: should be 'imap' or 'pop', not 'smtp'" in message
    assert "account.user: should be a valid string, not 5" in message
    assert "accounts[0].token: is missing" in message


def test_branches_of_a_union_are_one_fault(make: Any) -> None:
    message = refusal(make, host="h", since=[1], **PASSWORD)
    assert "since: should be a valid string or should be a valid integer" in message


def test_long_value_is_cut_short(make: Any) -> None:
    assert len(refusal(make, host="h", port="9" * 1000 + "x", **PASSWORD)) < 300


def test_resolved_value_is_masked_where_a_check_repeats_it(make: Any) -> None:
    assert "no port for ***" in refusal(make, host="h", port=1, **PASSWORD)
    assert "'***' is no host" in refusal(make, host={"env": "CANARY"}, **PASSWORD)


@pytest.mark.parametrize("value", ['it\'s \\ "odd"', "two\nlines", "密码密码"])
def test_resolved_value_is_masked_however_it_is_quoted(
    make: Any, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("ODD", value)
    assert "no port for ***" in refusal(make, host="h", port=1, password={"env": "ODD"})
    message = refusal(make, host="h", port=2, error=PluginError, password={"env": "ODD"})
    assert "***" in message
    assert repr(value)[1:-1] not in message


def test_secret_that_does_not_fit_is_not_shown(make: Any) -> None:
    assert "pin: this secret is not what" in refusal(make, host="h", pin={"env": "CANARY"}, **PASSWORD)


def test_check_that_breaks_is_the_plugins_fault(make: Any) -> None:
    message = refusal(make, host="h", port=2, error=PluginError, **PASSWORD)
    assert "KeyError: '***'" in message
    assert "Mail" in message


@settings(max_examples=80, deadline=None)
@given(
    st.text(min_size=4, max_size=30),
    st.sampled_from(["password", "spare", "many", "named", "account", "host"]),
)
def test_no_literal_secret_is_ever_printed(secret: str, key: str) -> None:
    value: Any = {"many": [secret], "named": {"a": secret}, "account": {"token": secret}}.get(key, secret)
    raw = {"host": "h", "password": secret, key: value}
    with pytest.raises(ConfigError) as caught:
        make_settings(Mail, raw, where="x", base=Path())
    clean = str(caught.value)
    with pytest.raises(ConfigError) as caught:
        make_settings(Mail, _swapped(raw, secret), where="x", base=Path())
    assert clean == str(caught.value), "the message must not depend on the secret"


def _swapped(raw: Any, secret: str) -> Any:
    if isinstance(raw, dict):
        return {key: value if key == "host" else _swapped(value, secret) for key, value in raw.items()}
    if isinstance(raw, list):
        return [_swapped(value, secret) for value in raw]
    return "something else"
