"""The house keeps its own rules, and each rule notices when it is broken."""

import pytest

from tests.house.rules_of_code import RULES, broken
from tests.house.sources import Source, program, python_files

OTHERS = [source for source in python_files() if source not in program()]

# (the rule that must notice, where it is planted, what is planted)
PLANTED = [
    ("transactions_end_in_one_place", "domain/lifecycle/actions.py", "await session.commit()"),
    ("transactions_end_in_one_place", "api/main.py", "connection.rollback()"),
    ("sql_stands_in_stores", "domain/trace/actions.py", "ASK = '''\n SELECT code FROM spans'''"),
    ("sql_stands_in_stores", "api/trace.py", "run(f'UPDATE spans SET first = {first}')"),
    ("rules_leave_nothing_to_chance", "domain/catalogue/rules.py", "now = datetime.now(UTC)"),
    ("rules_leave_nothing_to_chance", "domain/registry/spans.py", "today = dt.date.today()"),
    ("rules_leave_nothing_to_chance", "domain/codes/rules.py", "id = uuid4()"),
    ("rules_leave_nothing_to_chance", "domain/standards/ff1.py", "from secrets import choice"),
    ("rules_leave_nothing_to_chance", "domain/standards/ff1.py", "import random"),
    ("files_stay_short", "domain/trace/actions.py", "pass\n" * 401),
    ("files_stay_short", "tests/rules/test_spans.py", "pass\n" * 401),
    ("functions_stay_short", "cli/main.py", "def long():\n" + "    pass\n" * 59),
    ("names_say_something", "domain/codes/utils.py", ""),
    ("names_say_something", "domain/common/rules.py", ""),
    ("packages_open_with_at_most_a_docstring", "labels/__init__.py", "from labels import press"),
    ("separators_are_not_taken_for_space", "domain/codes/intake.py", "code.strip()"),
    ("separators_are_not_taken_for_space", "api/lifecycle.py", "text.splitlines()"),
    ("separators_are_not_taken_for_space", "cli/scan.py", "text.split(maxsplit=1)"),
    ("separators_are_not_taken_for_space", "domain/trace/rules.py", "text.split(None, 1)"),
    ("separators_are_not_taken_for_space", "domain/codes/intake.py", r"re.compile(r'\s+')"),
    ("separators_are_not_taken_for_space", "api/trace.py", "C(str_strip_whitespace=True)"),
]
# What looks alike and is in order.
ALLOWED = [
    ("transactions_end_in_one_place", "domain/database.py", "await session.commit()"),
    ("sql_stands_in_stores", "domain/codes/store.py", "ASK = 'SELECT 1 FROM spans'"),
    ("sql_stands_in_stores", "domain/catalogue/rules.py", "'''SELECT 1 FROM docs'''"),
    ("sql_stands_in_stores", "labels/output/pdf.py", "advice = 'Select the sheet from the list'"),
    ("rules_leave_nothing_to_chance", "domain/codes/actions.py", "now = datetime.now(UTC)"),
    ("rules_leave_nothing_to_chance", "domain/catalogue/rules.py", "datetime.fromisoformat(x)"),
    ("functions_stay_short", "cli/main.py", "def short():\n" + "    pass\n" * 58),
    ("packages_open_with_at_most_a_docstring", "labels/__init__.py", "'''Pictures.'''"),
    ("separators_are_not_taken_for_space", "domain/codes/intake.py", "code.strip(' ')"),
    ("separators_are_not_taken_for_space", "domain/codes/intake.py", "text.split(sep='\\n')"),
    ("separators_are_not_taken_for_space", "domain/catalogue/products.py", "name.strip()"),
]
BY_NAME = {rule.__name__: rule for rule in RULES}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps_the_rule(rule):
    assert broken(rule, program(), OTHERS) == []


@pytest.mark.parametrize(("rule", "path", "text"), PLANTED)
def test_a_planted_violation_is_noticed(rule: str, path: str, text: str):
    assert BY_NAME[rule](Source(path, text))


@pytest.mark.parametrize(("rule", "path", "text"), ALLOWED)
def test_what_looks_alike_is_left_alone(rule: str, path: str, text: str):
    assert BY_NAME[rule](Source(path, text)) == []


def test_every_rule_has_a_planted_violation():
    assert {rule for rule, _, _ in PLANTED} == set(BY_NAME)


def test_there_is_a_program_to_read():
    assert len(program()) > 20
