"""Who trades in what, and a database in which they have begun to.

Stripes hold 8 numbers and blocks 32, so that borders come in nearly every run. The registry with
its first goods is made once; each run of the state machine begins with it again.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from uuid import UUID

import asyncpg

from domain.database import Database
from domain.keys import actions as keys
from domain.keys.vault import Vault
from domain.participants.actor import Actor
from domain.standards.gs1_keys import check_digit
from domain.standards.member_state import MemberState
from domain.vocabulary import Role

Answer = TypeVar("Answer")

STRIPE_BITS, BLOCK_BITS = 3, 5
BY, KZ = MemberState.BY, MemberState.KZ
PEOPLE = (
    ("Dairy", BY, "190239501", Role.PARTICIPANT),
    ("Almaty store", KZ, "100000020006", Role.PARTICIPANT),
    ("Brest store", BY, "200166539", Role.PARTICIPANT),
    ("Inspector of KZ", KZ, "100000010009", Role.INSPECTOR),
    ("Inspector of BY", BY, "100000063", Role.INSPECTOR),
)


def gtin(number: int) -> str:
    digits = f"0481{number:09}"
    return digits + check_digit(digits)


SWEETS, CHOCOLATE, BOX, GIFT, SCENT, SCENTS, KEG, HALVA = map(gtin, range(1, 9))
GROUPS = {SCENT: "perfumery", SCENTS: "perfumery", KEG: "nabeer"}
GROUPS |= dict.fromkeys((SWEETS, CHOCOLATE, BOX, GIFT, HALVA), "sweets")
TEMPLATES = {
    SWEETS: "sweets-s",
    CHOCOLATE: "sweets-l44",
    BOX: "sweets-s",
    GIFT: "sweets-l44",
    SCENT: "perfumery-l44",
    SCENTS: "perfumery-l44",
    KEG: "nabeer-s",
    HALVA: "sweets-s",
}
SEED = f"""
CREATE OR REPLACE FUNCTION stripe_bits() RETURNS integer IMMUTABLE PARALLEL SAFE LANGUAGE sql
    AS 'SELECT {STRIPE_BITS}';
CREATE OR REPLACE FUNCTION block_bits() RETURNS integer IMMUTABLE PARALLEL SAFE LANGUAGE sql
    AS 'SELECT {BLOCK_BITS}';
INSERT INTO products (gtin, owner_id, product_group, version) VALUES
    {", ".join(f"('{code}', {2 if code == HALVA else 1}, '{group}', 1)" for code, group in GROUPS.items())};
INSERT INTO product_versions (gtin, version, name, translations)
    SELECT gtin, 1, 'Goods', '{{}}' FROM products;
INSERT INTO marking_declarations
    (id, product_group, member_state, in_force, valid_from, decision, declared_by)
    SELECT gen_random_uuid(), named, state::member_state, true, '2020-01-01', 'test', 1
    FROM unnest(ARRAY['sweets', 'sweets', 'perfumery', 'perfumery', 'nabeer'],
        ARRAY['BY', 'KZ', 'BY', 'KZ', 'BY']) AS declared (named, state);
"""
PERSON = """
    INSERT INTO participants (uuid, name, member_state, tax_id, roles) VALUES ($1, $2, $3, $4, $5)
"""
# A copy of every table and sequence, and the way back. Copied rows keep their keys and their times.
KEEP = """
DO $$
DECLARE name text;
BEGIN
    CREATE SCHEMA kept;
    FOR name IN SELECT relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
    LOOP
        EXECUTE format('CREATE TABLE kept.%I AS TABLE public.%I', name, name);
    END LOOP;
    FOR name IN SELECT relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'S'
    LOOP
        EXECUTE format('CREATE TABLE kept.%I AS SELECT last_value, is_called FROM public.%I',
            name, name);
    END LOOP;
END $$
"""
BEGIN_AGAIN = """
DO $$
DECLARE
    name text;
    columns text;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR name, columns IN
        SELECT relname, string_agg(quote_ident(attname), ', ' ORDER BY attnum)
        FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
            AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
        GROUP BY relname
    LOOP
        EXECUTE format('DELETE FROM public.%I', name);
        EXECUTE format('INSERT INTO public.%I (%s) SELECT %s FROM kept.%I',
            name, columns, columns, name);
    END LOOP;
    FOR name IN SELECT relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'S'
    LOOP
        EXECUTE format('SELECT setval(%L, last_value, is_called) FROM kept.%I', name, name);
    END LOOP;
END $$
"""


def person(number: int) -> Actor:
    name, state, _, role = PEOPLE[number - 1]
    return Actor(number, UUID(int=(4 << 76) + (8 << 60) + number), name, state, frozenset({role}))


ACTORS = [person(number) for number in range(1, 6)]
TRADERS, INSPECTORS = ACTORS[:3], ACTORS[3:]
BY_NAME = {actor.name: actor for actor in ACTORS}


class World:
    """The registry's database, and the loop in which everything happens."""

    def __init__(self, url: str) -> None:
        self.runner = asyncio.Runner()
        self.database = Database(url, pool_size=2)
        self.owner = self.run(asyncpg.connect(url))
        self.open_keyring()

    def run(self, story: Any) -> Any:
        return self.runner.run(story)

    def open_keyring(self) -> None:
        self.keyring = self.run(keys.open_keyring(self.database, Vault(bytes(32))))

    def keep(self) -> None:
        """Copy everything that there is."""
        self.execute(KEEP)

    def begin_again(self) -> None:
        """Let everything be as it was when it was copied."""
        self.execute(BEGIN_AGAIN)
        self.open_keyring()  # it remembers keys that were made since

    def execute(self, statement: str, *given: object) -> Any:
        """As the database's owner, who may do what no participant can."""
        return self.run(self.owner.fetch(statement, *given))

    def close(self) -> None:
        self.run(self.owner.close())
        self.run(self.database.dispose())
        self.runner.close()


@contextmanager
def begun(url: str) -> Iterator[World]:
    """The world on this migrated database, with its people and their goods."""
    world = World(url)
    try:
        for number, (name, state, tax_id, role) in enumerate(PEOPLE, 1):
            world.execute(PERSON, person(number).uuid, name, state, tax_id, [role])
        world.run(world.owner.execute(SEED))
        yield world
    finally:
        world.close()
