from __future__ import annotations

import stat
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.app import config
from hub.app.config import Config, ConnectorConfig, HubConfig
from hub.core.keys import AS_SHIPPED, Limits
from hub.errors import ConfigError

MAIL = """\
[connectors.mail]          # ours
type = "email.imap"
host = "imap.example.com"
password = { env = "MAIL_PASSWORD" }
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "connectors.toml"


def load(path: Path, text: str) -> Config:
    path.write_text(text, encoding="utf-8")
    return config.load(path)


def refusal(path: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(path, text)
    assert caught.value.step, "every refusal names a next step"
    return str(caught.value)


def test_an_empty_file_means_the_defaults(path: Path) -> None:
    read = load(path, "")
    assert (read.hub, read.connectors) == (HubConfig(), {})
    assert read.database == f"sqlite:///{path.parent}/hub.db"


def test_connector_keeps_its_own_settings_as_written(path: Path) -> None:
    mail = load(path, MAIL + 'enabled = false\nschedule = "*/5 * * * *"\n').connector("mail")
    assert (mail.type, mail.enabled, mail.schedule) == ("email.imap", False, "*/5 * * * *")
    assert mail.settings == {"host": "imap.example.com", "password": {"env": "MAIL_PASSWORD"}}
    assert mail.where == "connectors.toml:1 [connectors.mail]"


def test_settings_of_a_connector_stay_out_of_its_repr(path: Path) -> None:
    assert "imap.example.com" not in repr(load(path, MAIL))


def test_connectors_keep_the_order_of_the_file(path: Path) -> None:
    read = load(path, "".join(f'[connectors.{name}]\ntype = "files"\n' for name in "zab"))
    assert list(read.connectors) == ["z", "a", "b"]


def test_missing_file_says_to_run_hub_init(path: Path) -> None:
    with pytest.raises(ConfigError, match="hub init"):
        config.load(path)


def test_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        config.load(tmp_path)


def test_file_from_notepad_with_a_byte_order_mark_is_read(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbf" + MAIL.replace("\n", "\r\n").encode())
    assert list(config.load(path).connectors) == ["mail"]


def test_file_in_another_encoding_names_the_line(path: Path) -> None:
    path.write_bytes(b"[hub]\n# " + "客户".encode("gb18030"))
    with pytest.raises(ConfigError, match=r"connectors\.toml:2: .*not UTF-8"):
        config.load(path)


def test_malformed_toml_names_line_and_column(path: Path) -> None:
    assert "connectors.toml:3:5: " in refusal(path, '[hub]\nregion = "CN"\n[hub]\n')
    assert "connectors.toml:2 (the end)" in refusal(path, '[hub]\nregion = "CN')


def test_unknown_table_is_refused_with_the_nearest(path: Path) -> None:
    assert "did you mean connectors?" in refusal(path, '[connector.mail]\ntype = "files"')


def test_unknown_hub_key_is_refused_with_the_nearest(path: Path) -> None:
    message = refusal(path, '\n[hub]\ntimezon = "UTC"')
    assert "connectors.toml:2 [hub]: timezon: no such setting (did you mean timezone?)" in message


def test_all_faults_of_a_table_are_told_at_once(path: Path) -> None:
    message = refusal(path, '[hub]\ncurrency = "Yuan"\nregion = 86\ntimezone = "Asia/Peking"')
    assert "3 settings are wrong" in message
    assert "currency: is no ISO 4217 currency code" in message
    assert "region: should be a valid string, not 86" in message
    assert "timezone: is no IANA time zone" in message


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "/etc/passwd", "Asia", "Mars/Olympus"])
def test_odd_time_zone_is_refused(path: Path, name: str) -> None:
    assert "time zone" in refusal(path, f"[hub]\ntimezone = {name!r}")


def test_misspelt_time_zone_is_offered_the_nearest(path: Path) -> None:
    assert "did you mean Asia/Shanghai?" in refusal(path, '[hub]\ntimezone = "Asia/Shanghi"')


def test_codes_are_read_in_any_case(path: Path) -> None:
    hub = load(path, '[hub]\ncurrency = "cny"\nregion = "cn"').hub
    assert (hub.currency, hub.region) == ("CNY", "CN")


def test_database_of_another_kind_is_refused(path: Path) -> None:
    assert "sqlite:///" in refusal(path, '[hub]\ndatabase = "mysql://localhost/hub"')


def test_password_in_the_database_address_is_refused_unseen(path: Path) -> None:
    message = refusal(path, '[hub]\ndatabase = "postgresql+psycopg://hub:sesame@db/hub"')
    assert "HUB_DATABASE" in message
    assert "sesame" not in message


def test_database_may_be_given_by_reference(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_DATABASE", "postgresql+psycopg://hub:sesame@db/hub")
    read = load(path, '[hub]\ndatabase = { env = "HUB_DATABASE" }')
    assert read.database == "postgresql+psycopg://hub:sesame@db/hub"
    assert "sesame" not in repr(read)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("sqlite:///data/hub.db", "sqlite:///{base}/data/hub.db"),
        ("sqlite:////var/hub.db", "sqlite:////var/hub.db"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("postgresql+psycopg:///hub", "postgresql+psycopg:///hub"),
    ],
)
def test_relative_database_file_lies_beside_the_configuration(path: Path, written: str, meant: str) -> None:
    assert load(path, f'[hub]\ndatabase = "{written}"').database == meant.format(base=path.parent)


def test_limits_are_those_that_ship_but_for_the_ones_given(path: Path) -> None:
    limits = load(path, "[hub.limits]\nnational_id = 4").hub.limits.by_kind()
    assert limits == Limits.but({"national id": 4}) != AS_SHIPPED
    assert load(path, "").hub.limits.by_kind() == AS_SHIPPED


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("phones = 3", "limits.phones: no such setting (did you mean phone?)"),
        ("reference = 3", "limits.reference: no such setting"),
        ("phone = 0", "limits.phone: should be greater than or equal to 1, not 0"),
        ("phone = -40", "limits.phone: should be greater than or equal to 1, not -40"),
        ("phone = 5000", "limits.phone: should be less than or equal to 1000, not 5000"),
        ("phone = true", "limits.phone: should be a valid integer"),
        ('phone = "40"', "limits.phone: should be a valid integer"),
    ],
)
def test_limit_that_is_none_is_refused(path: Path, line: str, told: str) -> None:
    assert told in refusal(path, f"[hub.limits]\n{line}")


def test_survivorship_takes_a_rule_or_a_list_of_them(path: Path) -> None:
    text = '[hub.survivorship]\nemails = "most-recent"\n"custom.tier" = ["source-priority", "most-recent"]'
    assert load(path, text).hub.survivorship == {
        "emails": "most-recent",
        "custom.tier": ("source-priority", "most-recent"),
    }


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("email", "did you mean emails?"),
        ("city", "set addresses instead"),
        ("given_name", "set that instead"),
        ("consent", "the most restrictive wins"),
    ],
)
def test_survivorship_of_a_field_without_a_choice_is_refused(path: Path, field: str, told: str) -> None:
    assert told in refusal(path, f'[hub.survivorship]\n{field} = "most-recent"')


def test_channel_rules_are_what_the_channels_read(path: Path) -> None:
    from hub.core.channels import custom_rules

    text = '[[hub.channels]]\nname = "Partners"\nsource = ["acme", "partner-*"]\nmedium = "link"'
    (rule,) = load(path, text).hub.channels
    (made,) = custom_rules([rule.model_dump(exclude_unset=True)])
    assert made.channel == "Partners"
    assert made.matches({"source": "partner-7", "medium": "LINK"})


def test_channel_rule_offers_every_condition_there_is() -> None:
    from hub.core.channels import rules

    assert config.ChannelRule.model_fields.keys() - {"name"} == rules._CONDITIONS


def test_channel_rule_without_a_condition_is_refused(path: Path) -> None:
    assert "would take every touch" in refusal(path, '[[hub.channels]]\nname = "All"')


def test_connector_without_a_type_is_refused(path: Path) -> None:
    message = refusal(path, '[connectors.mail]\ntyp = "email.imap"')
    assert "type is missing (is typ meant?)" in message
    assert "[connectors.mail]" in message


@pytest.mark.parametrize("text", ['connectors = "x"', '[connectors]\ntype = "files"', "hub = 1"])
def test_value_in_the_place_of_a_table_is_refused(path: Path, text: str) -> None:
    assert "must be" in refusal(path, text)


@pytest.mark.parametrize("name", ["a b", "a/b", "官网", "", "a.b"])
def test_odd_connector_name_is_refused(path: Path, name: str) -> None:
    assert "letters, digits" in refusal(path, f'[connectors."{name}"]\ntype = "files"')


@pytest.mark.parametrize("value", ['"false"', "0", "1.0"])
def test_enabled_must_be_true_or_false(path: Path, value: str) -> None:
    assert "enabled: " in refusal(path, f'[connectors.mail]\ntype = "files"\nenabled = {value}')


@pytest.mark.parametrize(
    "cron", ["*/5 * * *", "61 * * * *", "* * * * 8", "0 0 1 * 1", "daily", "* * * * 1/0"]
)
def test_bad_cron_is_refused_with_an_example(path: Path, cron: str) -> None:
    message = refusal(path, f'{MAIL}schedule = "{cron}"')
    assert repr(cron) in message
    assert "*/5 * * * *" in message


@pytest.mark.parametrize(
    ("cron", "days"),
    [
        ("0 3 * * 0", "Sun"),
        ("0 3 * * 7", "Sun"),
        ("0 3 * * 1-5", "Mon Tue Wed Thu Fri"),
        ("0 3 * * 5-7", "Fri Sat Sun"),
        ("0 3 * * fri-mon", "Fri Sat Sun Mon"),
        ("0 3 * * */2", "Sun Tue Thu Sat"),
        ("0 3 * * MON,3", "Mon Wed"),
        ("0 3 * * *", "Mon Tue Wed Thu Fri Sat Sun"),
    ],
)
def test_weekdays_mean_what_cron_means(cron: str, days: str) -> None:
    trigger, now, fired = config.trigger(cron, "UTC"), datetime(2026, 1, 1, tzinfo=UTC), set()
    for _ in range(10):
        next_time = trigger.get_next_fire_time(None, now)
        assert next_time is not None
        fired.add(f"{next_time:%a}")
        now = next_time.replace(hour=4)
    assert fired == set(days.split())


def test_customers_must_name_a_connector(path: Path) -> None:
    message = refusal(path, MAIL + '[connectors.calls]\ntype = "files"\ncustomers = "mial"')
    assert "did you mean mail?" in message


def test_sources_must_name_connectors(path: Path) -> None:
    assert "did you mean mail?" in refusal(path, f'[hub]\nsources = ["maul"]\n{MAIL}')


def test_unknown_connector_is_offered_the_nearest(path: Path) -> None:
    with pytest.raises(ConfigError, match=r"did you mean mail\?"):
        load(path, MAIL).connector("mall")


def test_journeys_are_walked_as_configured(path: Path) -> None:
    journeys = load(
        path, '[hub.journeys]\nlookback = "30d"\nlookbacks = { Email = "7d" }\nrepeat = "reset"'
    ).hub.journeys
    assert (journeys.lookback, journeys.lookbacks, journeys.repeat, journeys.path) == (
        "30d",
        {"Email": "7d"},
        "reset",
        "unique",
    )
    assert "no lookback" in refusal(path, '[hub.journeys]\nlookback = "soon"')
    assert "no lookback" in refusal(path, '[hub.journeys.lookbacks]\nEmail = "7"')
    assert "path" in refusal(path, '[hub.journeys]\npath = "shortest"')


def test_rates_hold_always_or_from_a_day_on(path: Path) -> None:
    rates = load(path, '[hub.rates]\neur = 7.8\nUSD = { "2026-01-01" = 7.1, "2026-02-01" = "7.2" }').hub.rates
    assert {code: [str(rate) for rate in days.values()] for code, days in rates.items()} == {
        "EUR": ["7.8"],
        "USD": ["7.1", "7.2"],
    }
    for wrong in ("EURO = 7", 'EUR = "seven"', "EUR = -1", "EUR = nan", 'EUR = { "soon" = 7 }'):
        assert "rates" in refusal(path, f"[hub.rates]\n{wrong}")


def test_a_mirror_names_another_connector_and_not_one_that_mirrors_it(path: Path) -> None:
    one, other = '[connectors.{}]\ntype = "email"\nmirrors = "{}"\n', '[connectors.b]\ntype = "email"\n'
    assert load(path, one.format("a", "b") + other).connector("a").mirrors == "b"
    assert "no connector named 'c'" in refusal(path, one.format("a", "c") + other)
    assert "a mirrors b mirrors a" in refusal(path, one.format("a", "b") + one.format("b", "a"))
    assert "a mirrors a" in refusal(path, one.format("a", "a"))


def test_every_setting_is_described() -> None:
    for model in (
        HubConfig, ConnectorConfig, config.ChannelRule, config.JourneyConfig, config.MailConfig, config.ReportConfig,
    ):  # fmt: skip
        assert model.__doc__
        assert [name for name, field in model.model_fields.items() if not field.description] == []


def test_configuration_cannot_be_changed_in_place(path: Path) -> None:
    with pytest.raises(ValueError, match="frozen"):
        load(path, MAIL).connector("mail").enabled = False  # type: ignore[misc]


def test_template_is_a_valid_configuration(path: Path) -> None:
    assert load(path, config.template()).connectors == {}


def test_every_example_in_the_template_is_valid_when_uncommented(path: Path) -> None:
    head, _, tail = config.template().partition("# One table for each source.")
    text = head + "\n".join(line.removeprefix("# ") for line in tail.splitlines()[2:] if line != "#")
    assert list(load(path, text).connectors) == ["support_mail", "old_crm"]


def test_example_at_the_root_is_valid_and_shows_every_connector() -> None:
    root = Path(__file__).parents[2]
    shown = {connector.type for connector in config.load(root / "connectors.toml").connectors.values()}
    assert shown == {"email.imap", "email.mbox", "webform.form", "files", "social.mastodon", "erp.tryton"}


def test_add_appends_and_leaves_the_rest_untouched(path: Path) -> None:
    load(path, MAIL)
    config.add(path, "crm", "files", {"fields": {"emails": ["a", "b"]}, "key": "id", "token": {"env": "T"}})
    text = path.read_text("utf-8")
    assert text.startswith(MAIL + "\n[connectors.crm]\n")
    assert config.load(path).connector("crm").settings == {
        "key": "id",
        "token": {"env": "T"},
        "fields": {"emails": ["a", "b"]},
    }


def test_add_works_on_a_file_without_a_last_line_end(path: Path) -> None:
    load(path, MAIL.rstrip())
    config.add(path, "crm", "files", {})
    assert list(config.load(path).connectors) == ["mail", "crm"]


def test_add_refuses_a_name_twice_and_an_odd_one(path: Path) -> None:
    load(path, MAIL)
    with pytest.raises(ConfigError, match="already"):
        config.add(path, "mail", "files", {})
    with pytest.raises(ConfigError, match="letters, digits"):
        config.add(path, "a b", "files", {})
    assert path.read_text("utf-8") == MAIL


def test_add_that_would_break_the_file_leaves_it_as_it_was(path: Path) -> None:
    inline = 'connectors = { mail = { type = "files" } }\n'
    load(path, inline)
    with pytest.raises(ConfigError, match="by hand"):
        config.add(path, "crm", "files", {})
    load(path, MAIL)
    with pytest.raises(ConfigError, match="schedule"):
        config.add(path, "crm", "files", {"schedule": "never"})
    assert path.read_text("utf-8") == MAIL


SCATTERED = """\
# top
[connectors.mail] # ours
type = "email.imap"
# on for now
enabled = true   # since May
[connectors.mail.deep]
k = "v"

[hub]
region = "CN"

[connectors.crm]
type = "files"
[connectors.crm.fields]
emails = "mail"
"""


def test_enabling_keeps_every_comment(path: Path) -> None:
    load(path, SCATTERED)
    config.set_enabled(path, "mail", False)
    assert path.read_text("utf-8") == SCATTERED.replace("enabled = true ", "enabled = false ")


@pytest.mark.parametrize(
    "text", [SCATTERED, 'connectors.crm.type = "files"\n', 'connectors = { crm = { type = "files" } }']
)
def test_connector_that_says_nothing_can_be_disabled(path: Path, text: str) -> None:
    before = load(path, text)
    config.set_enabled(path, "crm", False)
    after = config.load(path)
    assert not after.connector("crm").enabled
    assert after.connector("crm").settings == before.connector("crm").settings
    assert path.read_text("utf-8").startswith("# top") == text.startswith("# top")


def test_enabling_what_is_enabled_does_not_touch_the_file(path: Path) -> None:
    load(path, MAIL)
    before = path.stat().st_mtime_ns
    config.set_enabled(path, "mail", True)
    assert path.stat().st_mtime_ns == before


def test_enabling_an_unknown_connector_is_refused(path: Path) -> None:
    load(path, MAIL)
    with pytest.raises(ConfigError, match=r"did you mean mail\?"):
        config.set_enabled(path, "mali", True)


def test_edit_keeps_mode_and_link_and_leaves_nothing_behind(path: Path, tmp_path: Path) -> None:
    real = tmp_path / "real" / "hub.toml"
    real.parent.mkdir()
    real.write_text(MAIL)
    real.chmod(0o640)
    path.symlink_to(real)
    config.set_enabled(path, "mail", False)
    assert path.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert [file.name for file in real.parent.iterdir()] == ["hub.toml"]


def test_edit_that_cannot_be_written_leaves_the_old_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: object, target: object) -> None:
        raise OSError(28, "No space left on device")

    load(path, MAIL)
    monkeypatch.setattr("os.replace", full)
    with pytest.raises(ConfigError, match="No space left"):
        config.set_enabled(path, "mail", False)
    assert [file.name for file in path.parent.iterdir()] == ["connectors.toml"]
    assert path.read_text("utf-8") == MAIL


NAMES = st.text("abz09_-", min_size=1, max_size=8)
SCALARS = st.one_of(st.text(max_size=20), st.integers(-(2**60), 2**60), st.booleans())
VALUES = st.one_of(
    SCALARS,
    st.lists(SCALARS, max_size=3),
    st.dictionaries(st.text(max_size=5), SCALARS, max_size=2),
    st.sampled_from(
        [{"env": "NAME"}, {"fields": {"file": "column", "deep": {"k": [1]}}}, [{"env": "NAME"}], []]
    ),
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(NAMES, st.dictionaries(NAMES.map("own_".__add__), VALUES, max_size=3), max_size=3))
def test_what_is_added_is_what_is_read(
    tmp_path_factory: pytest.TempPathFactory, added: dict[str, dict[str, object]]
) -> None:
    path = tmp_path_factory.mktemp("config") / "connectors.toml"
    path.write_text("# mine\n")
    for name, own in added.items():
        config.add(path, name, "files", own)
    for name in added:
        config.set_enabled(path, name, False)
    read = config.load(path)
    assert {name: dict(connector.settings) for name, connector in read.connectors.items()} == added
    assert not any(connector.enabled for connector in read.connectors.values())
    assert tomllib.loads(path.read_text("utf-8")).keys() <= {"connectors"}
    assert path.read_text("utf-8").startswith("# mine\n")
