"""What is said of the rules that look for fraud, in their data and in their document."""

import re
from pathlib import Path

import pytest

from domain.findings.thresholds import rule_cards
from domain.vocabulary import FindingRule

DOCUMENT = (Path(__file__).parents[2] / "docs" / "findings.md").read_text()
SECTIONS = dict(re.findall(r"^### ([a-z-]+)\n(.*?)(?=^##|\Z)", DOCUMENT, re.MULTILINE | re.DOTALL))


def test_every_rule_has_its_words_and_its_threshold():
    assert set(rule_cards()) == set(FindingRule)
    for card in rule_cards().values():
        assert card.says.endswith(".")
        assert card.advice.endswith(".")
        assert card.threshold
        assert all(limit >= 0 for limit in card.threshold.values())


def test_the_document_tells_of_every_rule_and_of_no_other():
    assert set(SECTIONS) == {rule.value for rule in FindingRule}


@pytest.mark.parametrize("rule", FindingRule)
def test_the_document_tells_the_threshold_as_it_is(rule):
    for name, limit in rule_cards()[rule].threshold.items():
        assert f"`{name}` {limit}" in SECTIONS[rule.value].replace(",", "")
