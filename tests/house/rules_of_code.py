"""What no linter sees, as functions from sources to what is wrong in them."""

import ast
import re
from collections.abc import Callable, Iterable

from tests.house.sources import PACKAGES, Source, calls, dotted, strings

LINES_OF_A_FILE = 400
LINES_OF_A_FUNCTION = 60
# Lists, each read as one page: every way to say no, and the whole schema.
LISTS = ("domain/errors.py", "domain/errors_of_custody.py", "domain/tables.py")
LINES_OF_A_LIST = 800

ENDS_A_TRANSACTION = re.compile(r"(^|\.)(commit|rollback)$")
SQL = re.compile(
    r"^\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH|COPY|LOCK TABLE|CREATE|ALTER|DROP|GRANT"
    r"|TRUNCATE|SET LOCAL|BEGIN|COMMIT|ROLLBACK|SAVEPOINT)\s",
)
# The doctor's faults are queries and nothing else.
MAY_SPEAK_SQL = ("domain/database.py", "domain/doctor/faults/", "migrations/")
# A name, and what must not come from it in a rule: the same question must get the same answer.
CHANCE = re.compile(
    r"(^|\.)(datetime\.(now|utcnow|today)|date\.today|time\.(time|monotonic|perf_counter)(_ns)?"
    r"|uuid[1-8]|urandom|(random|secrets)\.\w+)$"
)
CHANCE_MODULES = {"random", "secrets"}
SHAPELESS = {"utils", "util", "helpers", "helper", "common", "core", "service", "manager", "base"}
# 0x1D, the separator in a marking code, is white space for these methods of str and for `\s`.
EATS_SEPARATORS = {"strip", "lstrip", "rstrip", "split", "rsplit", "splitlines"}
HANDLES_CODES = (
    "domain/acceptance/",
    "domain/aggregation/",
    "domain/blocking/",
    "domain/codes/",
    "domain/contents/",
    "domain/custody/",
    "domain/foreign/",
    "domain/goods/",
    "domain/lifecycle/",
    "domain/naming/",
    "domain/printing/",
    "domain/prints/",
    "domain/receipts/",
    "domain/reconciliation/",
    "domain/recognition/",
    "domain/registry/",
    "domain/remarking/",
    "domain/standards/",
    "domain/trace/",
    "domain/withdrawal/",
    "labels/output/",
    "labels/press.py",
    "labels/printers/",
    "labels/reading.py",
    "labels/symbols/",
    "api/batches.py",
    "api/bodies.py",
    "api/lifecycle.py",
    "api/packages.py",
    "api/prints.py",
    "api/receipts.py",
    "api/reconciliations.py",
    "api/trace.py",
    "api/pages/",
    "cli/",
)


def transactions_end_in_one_place(source: Source) -> list[str]:
    if source.path == "domain/database.py":
        return []
    return [
        source.at(call, f"{name}() outside domain/database.py")
        for call, name in calls(source)
        if ENDS_A_TRANSACTION.search(name)
    ]


def sql_stands_in_stores(source: Source) -> list[str]:
    if source.name in {"store.py", "goods.py", "reading.py"} or source.path.startswith(
        MAY_SPEAK_SQL
    ):
        return []
    return [
        source.at(node, f"SQL outside a store: {str(node.value).strip()[:40]}")
        for node in strings(source)
        if SQL.match(str(node.value))
    ]


def rules_leave_nothing_to_chance(source: Source) -> list[str]:
    """No clock, no random number, no made-up id in a file that decides."""
    if not source.is_pure:
        return []
    called = [source.at(call, name) for call, name in calls(source) if CHANCE.search(name)]
    imported = [
        source.at(node, f"import of {module}")
        for node in ast.walk(source.tree)
        for module in imported_modules(node)
        if module in CHANCE_MODULES
    ]
    return called + imported


def imported_modules(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return []


def files_stay_short(source: Source) -> list[str]:
    lines = source.text.count("\n")
    most = LINES_OF_A_LIST if source.path in LISTS else LINES_OF_A_FILE
    return [f"{source.path}: {lines} lines"] if lines > most else []


def functions_stay_short(source: Source) -> list[str]:
    return [
        source.at(node, f"{node.name} has {length} lines")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) >= LINES_OF_A_FUNCTION
    ]


def names_say_something(source: Source) -> list[str]:
    parts = source.path.removesuffix(".py").split("/")
    return [f"{source.path}: {part} says nothing" for part in parts if part in SHAPELESS]


def packages_open_with_at_most_a_docstring(source: Source) -> list[str]:
    if source.name != "__init__.py" or not source.path.startswith(PACKAGES):
        return []
    body = source.tree.body[1:] if ast.get_docstring(source.tree) else source.tree.body
    return [source.at(node, "code in __init__.py") for node in body]


def separators_are_not_taken_for_space(source: Source) -> list[str]:
    """`str.strip()` and its like take the separator of a marking code for white space."""
    if not source.path.startswith(HANDLES_CODES):
        return []
    bare = [
        source.at(call, f"{name}() eats the separator 0x1D")
        for call, name in calls(source)
        if name.rpartition(".")[2] in EATS_SEPARATORS and takes_white_space(call)
    ]
    patterns = [
        source.at(node, r"\s matches the separator 0x1D")
        for node in strings(source)
        if re.search(r"(?<!\\)\\s", str(node.value))
    ]
    stripped = [
        source.at(node, "str_strip_whitespace eats the separator 0x1D")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.keyword)
        and node.arg == "str_strip_whitespace"
        and not (isinstance(node.value, ast.Constant) and node.value.value is False)
    ]
    return bare + patterns + stripped


def takes_white_space(call: ast.Call) -> bool:
    """Whether this call names no separator of its own."""
    if dotted(call.func).endswith("splitlines"):
        return True
    named = [
        *call.args[:1],
        *(item.value for item in call.keywords if item.arg in {"sep", "chars"}),
    ]
    return not named or (isinstance(named[0], ast.Constant) and named[0].value is None)


RULES: tuple[Callable[[Source], list[str]], ...] = (
    transactions_end_in_one_place,
    sql_stands_in_stores,
    rules_leave_nothing_to_chance,
    files_stay_short,
    functions_stay_short,
    names_say_something,
    packages_open_with_at_most_a_docstring,
    separators_are_not_taken_for_space,
)
FOR_TESTS_TOO = (files_stay_short, functions_stay_short, names_say_something)


def broken(
    rule: Callable[[Source], list[str]], program: Iterable[Source], others: Iterable[Source]
) -> list[str]:
    """Where a rule is broken; budgets and names bind tests and benchmarks too."""
    bound = [*program, *others] if rule in FOR_TESTS_TOO else program
    return [told for source in bound for told in rule(source)]
