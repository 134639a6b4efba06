"""What each rule says and by which threshold it judges, read once from `data/rules.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from domain.vocabulary import FindingRule


@dataclass(frozen=True, slots=True)
class RuleCard:
    """A rule in words, and its threshold."""

    says: str
    advice: str
    threshold: Mapping[str, int]


@cache
def rule_cards() -> Mapping[FindingRule, RuleCard]:
    """Every rule that is shipped with this program."""
    data = resources.files("domain.findings").joinpath("data", "rules.toml")
    found = tomllib.loads(data.read_text(encoding="utf-8"))
    return {FindingRule(name): RuleCard(**card) for name, card in found.items()}


def threshold(rule: FindingRule) -> Mapping[str, int]:
    """What this rule judges by."""
    return rule_cards()[rule].threshold
