"""Products, their versions, and operators' declarations, in rows."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from domain.catalogue.products import Card, Kept, Registered
from domain.catalogue.rules import Declaration
from domain.errors import Busy
from domain.standards.member_state import MemberState

CARD_COLUMNS = """
    product.gtin, product.product_group, version.name, version.translations, version.brand,
    version.category, version.tnved, product.version, product.owner_id
"""


def card(row: asyncpg.Record) -> Card:
    return Card(
        gtin=row["gtin"],
        product_group=row["product_group"],
        name=row["name"],
        translations=row["translations"],
        brand=row["brand"],
        category=row["category"],
        tnved=row["tnved"],
    )


KEPT = f"""
    SELECT {CARD_COLUMNS}
    FROM products AS product JOIN product_versions AS version USING (gtin, version)
    WHERE gtin = ANY ($1::text[])
"""  # noqa: S608


async def kept(connection: asyncpg.Connection, gtins: Collection[str]) -> dict[str, Kept]:
    """The cards of these GTINs, as far as they are registered."""
    rows = await connection.fetch(KEPT, list(gtins))
    return {row["gtin"]: Kept(card(row), row["version"], row["owner_id"]) for row in rows}


# In GTIN order, so that two imports of the same goods queue. FOR UPDATE and not less: whoever
# registers a batch holds the row FOR KEY SHARE from before it reads the group until it commits,
# so that a card whose group changes here either has its codes already or has none yet.
LOCK = "SELECT gtin FROM products WHERE gtin = ANY ($1::text[]) ORDER BY gtin FOR UPDATE"


async def lock(connection: asyncpg.Connection, gtins: Collection[str]) -> None:
    """Hold these cards until the transaction ends; read them again after this."""
    await connection.execute(LOCK, list(gtins))


WITH_CODES = "SELECT DISTINCT gtin FROM series WHERE gtin = ANY ($1::text[])"


async def with_codes(connection: asyncpg.Connection, gtins: Collection[str]) -> set[str]:
    """Those of these GTINs that codes were issued for."""
    return {row["gtin"] for row in await connection.fetch(WITH_CODES, list(gtins))}


# In GTIN order, so that of two imports with the same new goods one waits for the other. What the
# other registered meanwhile is left out here, and seen by the count.
ADD = """
    INSERT INTO products (gtin, owner_id, product_group, version)
    SELECT gtin, $3, product_group, 1
    FROM unnest($1::text[], $2::text[]) AS new (gtin, product_group)
    ORDER BY gtin
    ON CONFLICT (gtin) DO NOTHING
    RETURNING true
"""


async def add(connection: asyncpg.Connection, new: Sequence[Card], owner_id: int) -> None:
    """Register new products; raises Busy if somebody did the same at this moment."""
    added = await connection.fetch(
        ADD, [one.gtin for one in new], [one.product_group for one in new], owner_id
    )
    if len(added) != len(new):
        raise Busy
    await add_versions(connection, [Kept(one, 1, owner_id) for one in new])


CHANGE = """
    UPDATE products AS product
    SET product_group = new.product_group, version = new.version
    FROM unnest($1::text[], $2::text[], $3::integer[]) AS new (gtin, product_group, version)
    WHERE product.gtin = new.gtin AND product.version = new.version - 1
    RETURNING true
"""


async def change(connection: asyncpg.Connection, changed: Sequence[Kept]) -> None:
    """Give products, locked before, their next version."""
    done = await connection.fetch(
        CHANGE,
        [one.card.gtin for one in changed],
        [one.card.product_group for one in changed],
        [one.version for one in changed],
    )
    if len(done) != len(changed):
        raise RuntimeError(f"{len(changed)} cards were locked, {len(done)} changed")
    await add_versions(connection, changed)


ADD_VERSIONS = """
    INSERT INTO product_versions (gtin, version, name, translations, brand, category, tnved)
    SELECT gtin, version, name, translations::jsonb, brand, category, tnved
    FROM unnest($1::text[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[],
                $7::text[])
         AS new (gtin, version, name, translations, brand, category, tnved)
"""


async def add_versions(connection: asyncpg.Connection, versions: Sequence[Kept]) -> None:
    rows = [
        (
            one.card.gtin,
            one.version,
            one.card.name,
            orjson.dumps(one.card.translations).decode(),
            one.card.brand,
            one.card.category,
            one.card.tnved,
        )
        for one in versions
    ]
    await connection.execute(ADD_VERSIONS, *map(list, zip(*rows, strict=True)))


REGISTERED = f"""
    SELECT {CARD_COLUMNS}, version.recorded_at,
           owner.uuid AS owner, owner.name AS owner_name, owner.member_state AS owner_state
    FROM products AS product
    JOIN product_versions AS version USING (gtin, version)
    JOIN participants AS owner ON owner.id = product.owner_id
"""  # noqa: S608


def registered(row: asyncpg.Record) -> Registered:
    return Registered(
        card=card(row),
        version=row["version"],
        owner=row["owner"],
        owner_name=row["owner_name"],
        owner_state=MemberState(row["owner_state"]),
        recorded_at=row["recorded_at"],
    )


FIND = f"{REGISTERED} WHERE gtin = $1"


async def find(connection: asyncpg.Connection, gtin: str) -> Registered | None:
    row = await connection.fetchrow(FIND, gtin)
    return registered(row) if row else None


# A walk along the primary key; with an owner or a group, past the rows of others.
LIST = f"""
    {REGISTERED}
    WHERE gtin > $1
      AND ($2::integer IS NULL OR product.owner_id = $2)
      AND ($3::text IS NULL OR product.product_group = $3)
    ORDER BY gtin
    LIMIT $4
"""


async def listed(
    connection: asyncpg.Connection,
    after: str,
    owner_id: int | None,
    product_group: str | None,
    limit: int,
) -> list[Registered]:
    """Products in GTIN order, from the one after `after` on."""
    rows = await connection.fetch(LIST, after, owner_id, product_group, limit)
    return [registered(row) for row in rows]


ADD_DECLARATION = """
    INSERT INTO marking_declarations
        (id, product_group, member_state, in_force, valid_from, valid_to, decision, declared_by)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    RETURNING recorded_at
"""


async def add_declaration(
    connection: asyncpg.Connection, id: UUID, declared: Declaration, declared_by: int
) -> datetime:
    recorded_at: datetime = await connection.fetchval(
        ADD_DECLARATION,
        id,
        declared.product_group,
        declared.member_state,
        declared.in_force,
        declared.valid_from,
        declared.valid_to,
        declared.decision,
        declared_by,
    )
    return recorded_at


# A handful for each group, so a sequential scan for now; the order is that of their recording.
DECLARATIONS = """
    SELECT product_group, declaration.member_state, in_force, valid_from, valid_to, decision,
           declaring.name AS declared_by
    FROM marking_declarations AS declaration
    JOIN participants AS declaring ON declaring.id = declaration.declared_by
    WHERE product_group = ANY ($1::text[])
    ORDER BY declaration.recorded_at, declaration.id
"""


async def declarations(connection: asyncpg.Connection, *product_groups: str) -> list[Declaration]:
    """What operators declared of these groups, in the order they did."""
    return [
        Declaration(
            product_group=row["product_group"],
            member_state=MemberState(row["member_state"]),
            in_force=row["in_force"],
            valid_from=row["valid_from"],
            valid_to=row["valid_to"],
            decision=row["decision"],
            declared_by=row["declared_by"],
        )
        for row in await connection.fetch(DECLARATIONS, product_groups)
    ]


ADD_PAGES = """
    INSERT INTO request_pages (request_id, page, lines)
    SELECT $1, page, lines::jsonb FROM unnest($2::text[]) WITH ORDINALITY AS new (lines, page)
"""
LINES_A_PAGE = 1_000


async def add_pages(connection: asyncpg.Connection, request: UUID, lines: Sequence[Any]) -> None:
    """Keep per-line outcomes with their request, page by page from 1."""
    pages = [
        orjson.dumps(lines[at : at + LINES_A_PAGE]).decode()
        for at in range(0, len(lines), LINES_A_PAGE)
    ]
    await connection.execute(ADD_PAGES, request, pages)


PAGES = "SELECT lines FROM request_pages WHERE request_id = $1 ORDER BY page"


async def pages(connection: asyncpg.Connection, request: UUID) -> list[Any]:
    """The per-line outcomes kept with a request, in order."""
    rows = await connection.fetch(PAGES, request)
    return [line for row in rows for line in row["lines"]]
