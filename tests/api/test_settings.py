import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from api.main import VERSION
from api.settings import Settings, SettingsError, described

KEY = bytes(range(32))


def test_nothing_needs_to_be_set_to_read_the_settings():
    assert Settings.from_environment({}) == Settings()


def test_settings_come_from_their_variables():
    read = Settings.from_environment(
        {
            "TAMGA_DATABASE_URL": "postgresql://a/b",
            "DATABASE_URL": "postgresql://c/d",
            "TAMGA_PORT": "9000",
            "TAMGA_DATA": "/srv/tamga",
            "TAMGA_STATEMENT_SECONDS": "2.5",
            "TAMGA_LOG_LEVEL": "warning",
            "TAMGA_BASE_URL": "https://id.example/",
            "TAMGA_MASTER_KEY": KEY.hex(),
        }
    )

    assert read == Settings(
        database_url="postgresql://a/b",
        port=9000,
        data=Path("/srv/tamga"),
        statement_seconds=2.5,
        log_level="WARNING",
        base_url="https://id.example",
        master_key=KEY,
    )


def test_the_usual_database_url_is_read_where_ours_is_not_set():
    read = Settings.from_environment({"DATABASE_URL": "postgresql://c/d"})

    assert read.database_url == "postgresql://c/d"


def test_an_empty_variable_is_not_set():
    assert Settings.from_environment({"TAMGA_PORT": "", "DATABASE_URL": ""}) == Settings()


def test_the_master_key_may_lie_in_a_file(tmp_path):
    file = tmp_path / "master.key"
    file.write_text(KEY.hex() + "\n")

    read = Settings.from_environment({"TAMGA_MASTER_KEY_FILE": str(file)})

    assert read.master_key == KEY


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("PORT", "0", "at least 1"),
        ("PORT", "http", "whole number"),
        ("STATEMENT_SECONDS", "-1", "above 0"),
        ("STATEMENT_SECONDS", "inf", "above 0"),
        ("LOG_LEVEL", "LOUD", "DEBUG"),
        ("BASE_URL", "id.example", "http://"),
        ("MASTER_KEY", "secret-but-short", "32 bytes"),
        ("MASTER_KEY_FILE", "/nowhere/key", "No such file"),
    ],
)
def test_a_wrong_setting_is_named_and_never_repeated(name, value, told):
    with pytest.raises(SettingsError, match=told) as error:
        Settings.from_environment({f"TAMGA_{name}": value})

    assert str(error.value).startswith(f"TAMGA_{name}")
    assert "secret" not in str(error.value)


def test_a_file_without_a_key_is_refused(tmp_path):
    file = tmp_path / "master.key"
    file.write_text("not a key")

    with pytest.raises(SettingsError, match="32 bytes"):
        Settings.from_environment({"TAMGA_MASTER_KEY_FILE": str(file)})


def test_two_master_keys_are_one_too_many(tmp_path):
    both = {"TAMGA_MASTER_KEY": KEY.hex(), "TAMGA_MASTER_KEY_FILE": str(tmp_path)}

    with pytest.raises(SettingsError, match="not both"):
        Settings.from_environment(both)


def test_secrets_do_not_show_when_settings_are_printed():
    shown = repr(Settings(database_url="postgresql://user:hush@host/db", master_key=b"hush" * 8))

    assert "hush" not in shown


def test_every_setting_says_what_it_is_for():
    told = described()

    assert [variable for variable, _, _ in told] == [
        f"TAMGA_{item.name.upper()}" for item in fields(Settings)
    ]
    assert all(about for _, _, about in told)


def test_the_service_has_the_version_of_the_project():
    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]

    assert project["version"] == VERSION
