"""Whether marking of a product group is in force in a member state on a date.

A rule belongs to (product group, member state, decision, valid from, valid to). It is never
deduced from the group alone, and what nobody has told stays *not known*: a state's operator may
declare it, and the answer then says on whose word.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.standards.member_state import MemberState

CATALOGUE = "catalogue"


class Standing(StrEnum):
    """Whether marking is mandatory."""

    IN_FORCE = "IN_FORCE"
    NOT_IN_FORCE = "NOT_IN_FORCE"
    NOT_KNOWN = "NOT_KNOWN"


@dataclass(frozen=True, slots=True)
class Rule:
    """What is known of one group in one state over one time; both dates belong to it."""

    product_group: str
    member_state: MemberState
    standing: Standing
    valid_from: date | None
    valid_to: date | None
    decision: str | None
    confidence: str
    source: str
    covers: str | None = None

    def covers_date(self, on: date) -> bool:
        return reaches(self.valid_from, self.valid_to, on)


@dataclass(frozen=True, slots=True)
class Declaration:
    """An operator's word on a group in its own state."""

    product_group: str
    member_state: MemberState
    in_force: bool
    valid_from: date
    valid_to: date | None
    decision: str
    declared_by: str

    def covers_date(self, on: date) -> bool:
        return reaches(self.valid_from, self.valid_to, on)


@dataclass(frozen=True, slots=True)
class UnionDecision:
    """A decision of the Commission's Council on a group; no ban may come before `not_before`."""

    number: str | None
    on: date
    not_before: date | None

    @property
    def name(self) -> str:
        number = f" {self.number}" if self.number else ""
        return f"EEC Council decision{number} of {self.on}"


@dataclass(frozen=True, slots=True)
class RuleStanding:
    """The answer, with what it rests on. `basis` is a sentence for people."""

    standing: Standing
    decision: str | None
    basis: str
    on_whose_word: str
    confidence: str | None = None

    @property
    def is_in_force(self) -> bool:
        return self.standing is Standing.IN_FORCE


def reaches(valid_from: date | None, valid_to: date | None, on: date) -> bool:
    return (valid_from is None or valid_from <= on) and (valid_to is None or on <= valid_to)


def standing(
    *,
    rules: Sequence[Rule],
    union: UnionDecision | None,
    on: date,
    declarations: Iterable[Declaration],
) -> RuleStanding:
    """How one group stands in one state on this date.

    `rules` and `declarations` are those of this group and state, declarations in the order they
    were recorded: the last that covers the date counts, and only where the rules do not know.
    """
    known = by_rules(rules, union, on)
    if known.standing is not Standing.NOT_KNOWN:
        return known
    declared = [item for item in declarations if item.covers_date(on)]
    return by_declaration(declared[-1]) if declared else known


def by_rules(rules: Sequence[Rule], union: UnionDecision | None, on: date) -> RuleStanding:
    """What the catalogue's own data say."""
    current = {rule.standing: rule for rule in sorted(rules, key=start) if rule.covers_date(on)}
    for wanted in (Standing.IN_FORCE, Standing.NOT_IN_FORCE, Standing.NOT_KNOWN):
        if rule := current.get(wanted):
            return by_rule(rule)
    later = [rule for rule in rules if start(rule) > on]
    if later:
        return before(min(later, key=start))
    if union and union.not_before and on < union.not_before:
        basis = f"No state may forbid unmarked goods before {union.not_before}."
        return RuleStanding(Standing.NOT_IN_FORCE, union.name, basis, CATALOGUE)
    basis = "Nobody has told whether marking is mandatory here."
    return RuleStanding(Standing.NOT_KNOWN, None, basis, CATALOGUE)


def start(rule: Rule) -> date:
    return rule.valid_from or date.min


def by_rule(rule: Rule) -> RuleStanding:
    words = {
        Standing.IN_FORCE: "In force",
        Standing.NOT_IN_FORCE: "Not in force",
        Standing.NOT_KNOWN: "Not known whether in force",
    }
    since = f" since {rule.valid_from}" if rule.valid_from else ""
    until = f" until {rule.valid_to}" if rule.valid_to else ""
    covers = f": {rule.covers}" if rule.covers else ""
    basis = f"{words[rule.standing]}{since}{until}{covers} ({rule.source})."
    return RuleStanding(rule.standing, rule.decision, basis, CATALOGUE, rule.confidence)


def before(first: Rule) -> RuleStanding:
    basis = f"Not before {first.valid_from} ({first.source})."
    return RuleStanding(Standing.NOT_IN_FORCE, first.decision, basis, CATALOGUE, first.confidence)


def by_declaration(declared: Declaration) -> RuleStanding:
    found = Standing.IN_FORCE if declared.in_force else Standing.NOT_IN_FORCE
    words = "In force" if declared.in_force else "Not in force"
    until = f" until {declared.valid_to}" if declared.valid_to else ""
    basis = f"{words} since {declared.valid_from}{until}, as {declared.declared_by} declared."
    return RuleStanding(found, declared.decision, basis, declared.declared_by)
