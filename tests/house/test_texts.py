"""What must not stand in any file: secrets, this machine, somebody's registry, dead links."""

import re
from pathlib import Path

import pytest

from tests.house.sources import ROOT, found_in, relative, texts, tracked

# Written in pieces, so that this file is not found by its own search.
MACHINE_PATHS = re.compile(
    r"(?<![\w.])/(" + "|".join(["wo" + "rk", "ro" + "ot", r"ho" + r"me/\w+"]) + r")\b"
)
REGISTRIES = re.compile(
    "|".join(
        [
            r"py" + r"pi\.org",
            r"python" + "hosted",
            r"registry\.np" + "mjs",
            r"deb\.deb" + r"ian\.org",
            r"--(extra-)?index" + "-url",
            r"--find" + "-links",
        ]
    )
)
SECRETS = re.compile(
    "|".join(
        [
            "BEGIN [A-Z ]*PRIVATE" + " KEY",
            r"\btmg_[A-Za-z0-9_-]{20,}",
            r"\bAKIA[0-9A-Z]{16}\b",
            r"\bgh[pousr]_[A-Za-z0-9]{36}\b",
            r"postgres(ql)?://\w+:(?!password@|\{)[^@\s{}<]{8,}@",
        ]
    )
)
BAD = [
    (MACHINE_PATHS, "cd /wo" + "rk/main"),
    (MACHINE_PATHS, "see /ho" + "me/me/notes"),
    (REGISTRIES, "pip install --index" + "-url x"),
    (SECRETS, "-----BEGIN PRIVATE" + " KEY-----"),
    (SECRETS, "tmg" + "_0123456789abcdefghijklmno"),
    (SECRETS, "postgresql://tamga:" + "hunter22hunter@localhost/tamga"),
]
LINK = re.compile(r"\[[^\]]*\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("pattern", [MACHINE_PATHS, REGISTRIES, SECRETS])
def test_it_stands_nowhere(pattern: re.Pattern[str]):
    assert found_in(texts(), pattern) == []


@pytest.mark.parametrize(("pattern", "text"), BAD)
def test_it_would_be_found(pattern: re.Pattern[str], text: str):
    assert found_in([("planted", text)], pattern)


def dead_links(path: Path, text: str) -> list[str]:
    return [
        f"{path.name}: {target}"
        for target in LINK.findall(text)
        if not (path.parent / target).exists()
    ]


def test_links_in_the_documents_lead_somewhere():
    documents = [path for path in tracked() if path.suffix == ".md"]

    assert [told for path in documents for told in dead_links(path, path.read_text())] == []


def test_a_dead_link_would_be_found():
    assert dead_links(ROOT / "README.md", "see [there](docs/nowhere.md#part)")
    assert dead_links(ROOT / "README.md", "see [there](pyproject.toml)") == []


def test_no_file_is_large():
    large = {relative(path) for path in tracked() if path.stat().st_size > 2 << 20}

    assert large == set()
