"""Findings, as an operator reads them in a terminal."""

import asyncio

import asyncpg
import pytest

from tests.cli.conftest import Shell

FOUND = """
INSERT INTO findings (rule, member_state, participant_id, gtin, facts, threshold)
    SELECT 'impossible-travel', 'BY', id, '04810000000018', $1, '{"speed_kmh": 900}'
    FROM participants ORDER BY id LIMIT 1
    RETURNING id
"""
FACTS = """{"code": "0104810000000018212dHk7pQ", "distance_km": 3730.1, "speed_kmh": null,
    "scans": [{"scan": 1, "place": "Minsk"}, {"scan": 2, "place": null}]}"""


@pytest.fixture
def finding(operator: Shell, live_database: str) -> str:
    """A finding in Belarus."""

    async def add() -> int:
        connection = await asyncpg.connect(live_database)
        try:
            found: int = await connection.fetchval(FOUND, FACTS)
        finally:
            await connection.close()
        return found

    assert operator.json("whoami")["roles"]
    return str(asyncio.run(add()))


def test_findings_are_listed_the_newest_first(operator: Shell, finding: str):
    listed = operator.run("findings", "--limit", "1").stdout
    by_rule = operator.json("findings", "--rule", "impossible-travel")
    others = operator.json("findings", "--rule", "sold-twice")

    assert finding in listed
    assert "impossible-travel" in listed
    assert "0104810000000018212dHk7pQ" in listed
    assert finding in {str(one["finding"]) for one in by_rule}
    assert others == []


def test_one_finding_is_told_with_its_facts_and_what_to_do(operator: Shell, finding: str):
    told = operator.run("findings", finding).stdout

    assert "One unit was scanned in two places too far apart" in told
    assert "code: 0104810000000018212dHk7pQ" in told
    assert "distance km: 3730.1" in told
    assert "scans: 1, Minsk; 2" in told
    assert "threshold, speed_kmh: 900" not in told  # names are told in words
    assert "threshold, speed kmh: 900" in told
    assert "→ Look for the code in both places" in told


def test_an_unknown_finding_and_an_unknown_rule_are_refused(operator: Shell):
    unknown = operator.run("findings", "999999999", ends=1).stderr
    stolen = operator.run("findings", "--rule", "stolen", ends=1).stderr

    assert "There is no such finding" in unknown
    assert "query.rule" in stolen


def test_a_participant_is_told_that_findings_are_not_for_it(dairy: Shell):
    assert "not for this participant's role" in dairy.run("findings", ends=1).stderr
