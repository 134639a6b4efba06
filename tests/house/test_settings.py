"""Every setting is documented, and every variable that is spoken of is a setting."""

import re

import pytest

from tests.house.sources import ROOT, texts

VARIABLE = re.compile(r"\bTAMGA_[A-Z_]*[A-Z]\b")
OF_THE_CLIENT = {"TAMGA_URL", "TAMGA_API_KEY"}  # read by the command line
NOT_SETTINGS = {"TAMGA_TEST_POSTGRES"}  # which server the tests run on, see tests/conftest.py

settings = pytest.importorskip("api.settings", reason="api/settings.py is not written yet")


def known() -> set[str]:
    return {variable for variable, _, _ in settings.described()} | {"DATABASE_URL"} | OF_THE_CLIENT


def test_every_setting_is_in_the_readme():
    readme = (ROOT / "README.md").read_text()

    assert {variable for variable in known() if variable not in readme} == set()


def test_every_variable_spoken_of_is_a_setting():
    spoken = {
        (path, name)
        for path, text in texts()
        if not path.startswith("tests/")
        for name in VARIABLE.findall(text)
    }

    assert {(path, name) for path, name in spoken if name not in known() | NOT_SETTINGS} == set()
