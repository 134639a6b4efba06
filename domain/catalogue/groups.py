"""The product groups, read once from `data/*.toml`."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from domain.catalogue.rules import (
    Declaration,
    Rule,
    RuleStanding,
    Standing,
    UnionDecision,
    standing,
)
from domain.catalogue.templates import Family, Template
from domain.errors import UnknownProductGroup, UnknownTemplate
from domain.standards.alphabets import Alphabet
from domain.standards.member_state import MemberState
from domain.vocabulary import Emission

NOT_LETTERS = re.compile(r"[\W_]+")
DATA = resources.files("domain.catalogue").joinpath("data")


@dataclass(frozen=True, slots=True)
class ProductGroup:
    """A group of goods that is marked alike. `foreign_state`: known here, issued elsewhere."""

    code: str
    id: int | None
    names: Mapping[str, str]
    aliases: tuple[str, ...]
    headings: tuple[str, ...]
    headings_complete: bool
    headings_confidence: str | None
    package_kinds: tuple[str, ...]
    decision: UnionDecision | None
    documents: Mapping[Emission, tuple[str, ...]]
    templates: tuple[Template, ...]
    rules: tuple[Rule, ...]
    note: str | None
    foreign_state: str | None

    @property
    def called(self) -> tuple[str, ...]:
        """Everything that this group answers to."""
        number = (str(self.id),) if self.id is not None else ()
        return (self.code, *number, *self.names.values(), *self.aliases)

    def is_heading(self, tnved: str) -> bool:
        """Whether this TN VED code lies under one of the group's headings, as far as both tell."""
        return any(
            tnved.startswith(heading) or heading.startswith(tnved) for heading in self.headings
        )


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All groups and templates, found by name."""

    groups: Mapping[str, ProductGroup]
    templates: Mapping[str, Template]
    names: Mapping[str, str]  # folded name -> group code

    def find(self, name: str) -> ProductGroup | None:
        """The group that goes by this code, id, name or alias, whatever the case."""
        code = self.names.get(folded(name))
        return self.groups[code] if code else None

    def group(self, name: str) -> ProductGroup:
        """As `find`; raises UnknownProductGroup."""
        found = self.find(name)
        if found is None:
            raise UnknownProductGroup(name)
        return found

    def templates_of(self, name: str) -> tuple[Template, ...]:
        """The templates of a group; raises UnknownProductGroup."""
        return self.group(name).templates

    def template_of(self, group: str, template: str) -> Template:
        """The group's template of this name; raises UnknownProductGroup, UnknownTemplate."""
        for found in self.templates_of(group):
            if found.name == template:
                return found
        raise UnknownTemplate(group, template)

    def documents(self, name: str, emission: Emission) -> tuple[str, ...]:
        """The facts that introduction asks for, given why the codes were issued."""
        return self.group(name).documents[emission]

    def standing(
        self, name: str, state: MemberState, on: date, declarations: Iterable[Declaration] = ()
    ) -> RuleStanding:
        """Whether marking of the group is in force in this state on this date."""
        group = self.group(name)
        if group.foreign_state:
            basis = f"These codes are issued in {group.foreign_state}, not in a member state."
            return RuleStanding(Standing.NOT_IN_FORCE, None, basis, "catalogue")
        return standing(
            rules=[rule for rule in group.rules if rule.member_state is state],
            union=group.decision,
            on=on,
            declarations=[
                item
                for item in declarations
                if item.product_group == group.code and item.member_state is state
            ],
        )


@cache
def catalogue() -> Catalogue:
    """The catalogue that is shipped with this program."""
    documents = read_data("documents.toml")
    names = sorted(item.name for item in DATA.iterdir() if item.name.endswith(".toml"))
    return assembled(
        [read_group(row, documents) for name in names for row in read_data(name).get("groups", ())]
    )


def read_data(name: str) -> dict[str, Any]:
    """A file of the catalogue's data."""
    return tomllib.loads(DATA.joinpath(name).read_text(encoding="utf-8"))


def assembled(groups: Iterable[ProductGroup]) -> Catalogue:
    by_code = {group.code: group for group in groups}
    return Catalogue(
        groups=by_code,
        templates={item.name: item for group in by_code.values() for item in group.templates},
        names={folded(name): group.code for group in by_code.values() for name in group.called},
    )


def folded(name: str) -> str:
    """A name without what people write differently: case, spaces, dashes, the dots of ё."""
    return NOT_LETTERS.sub("", name.casefold().replace("ё", "е"))  # noqa: RUF001


def read_group(row: dict[str, Any], documents: dict[str, list[str]]) -> ProductGroup:
    code = row["code"]
    union = read_decision(row.get("decision"))
    asked = documents | row.get("documents", {})
    return ProductGroup(
        code=code,
        id=row.get("id"),
        names=row["names"],
        aliases=tuple(row.get("aliases", ())),
        headings=tuple(row.get("headings", ())),
        headings_complete=row.get("headings_complete", bool(row.get("headings"))),
        headings_confidence=row.get("headings_confidence"),
        package_kinds=tuple(row["package_kinds"]),
        decision=union,
        documents={Emission(kind): tuple(facts) for kind, facts in asked.items()},
        templates=tuple(read_template(code, item) for item in row["templates"]),
        rules=tuple(
            read_rule(code, MemberState(state), item, union)
            for item in row.get("rules", ())
            for state in item["states"]
        ),
        note=row.get("note"),
        foreign_state=row.get("foreign_state"),
    )


def read_decision(row: dict[str, Any] | None) -> UnionDecision | None:
    if row is None:
        return None
    return UnionDecision(row.get("number"), row["on"], row.get("not_before"))


def read_template(group: str, row: dict[str, Any]) -> Template:
    return Template(
        name=row["name"],
        product_group=group,
        number=row.get("number"),
        family=Family(row["family"]),
        serial_length=row["serial_length"],
        alphabet=Alphabet(row.get("alphabet", "SET_82")),
        state_digit=row["state_digit"],
        package_kind=row.get("package_kind", "UNIT"),
        optional=tuple(row.get("optional", ())),
        confidence=row["confidence"],
        digit_optional=row.get("digit_optional", False),
    )


def read_rule(
    group: str, state: MemberState, row: dict[str, Any], union: UnionDecision | None
) -> Rule:
    """A rule that names no decision rests on the Council's, if that came before it."""
    valid_from = row.get("from")
    decision = row.get("decision")
    if decision is None and union and valid_from and valid_from >= union.on:
        decision = union.name
    return Rule(
        product_group=group,
        member_state=state,
        standing=Standing(row["standing"]),
        valid_from=valid_from,
        valid_to=row.get("to"),
        decision=decision,
        confidence=row["confidence"],
        source=row["source"],
        covers=row.get("covers"),
    )
