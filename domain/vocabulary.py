"""The closed sets of words that the tables, the rules and the answers share."""

from enum import StrEnum


class UnitStatus(StrEnum):
    """How far a unit has come. Blocks and open transfers are facts beside it."""

    ISSUED = "ISSUED"
    APPLIED = "APPLIED"
    IN_CIRCULATION = "IN_CIRCULATION"
    WITHDRAWN = "WITHDRAWN"
    CANCELLED = "CANCELLED"


class Emission(StrEnum):
    """Why codes were issued (order service: releaseMethodType)."""

    PRODUCTION = "PRODUCTION"
    IMPORT = "IMPORT"
    REMAINS = "REMAINS"
    CROSS_BORDER = "CROSS_BORDER"
    REMARK = "REMARK"


class EventKind(StrEnum):
    """What happened to goods. Each kind is written by one verb."""

    REGISTERED = "REGISTERED"
    APPLIED = "APPLIED"
    INTRODUCED = "INTRODUCED"
    CANCELLED = "CANCELLED"
    LOT_GIVEN = "LOT_GIVEN"
    PACKED = "PACKED"
    UNPACKED = "UNPACKED"
    OFFERED = "OFFERED"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    OFFER_CANCELLED = "OFFER_CANCELLED"
    OFFER_EXPIRED = "OFFER_EXPIRED"
    TRANSFER_CLOSED = "TRANSFER_CLOSED"
    DISCREPANCY_REPORTED = "DISCREPANCY_REPORTED"
    FOREIGN_ACCEPTED = "FOREIGN_ACCEPTED"
    SOLD = "SOLD"
    RETURNED = "RETURNED"
    WITHDRAWN = "WITHDRAWN"
    RESTORED = "RESTORED"
    BLOCKED = "BLOCKED"
    UNBLOCKED = "UNBLOCKED"
    BLOCK_EXPIRED = "BLOCK_EXPIRED"
    REMARKED = "REMARKED"


class PackageKind(StrEnum):
    """Transport units carry an SSCC; group packs, sets and bundles an identification code."""

    TRANSPORT = "TRANSPORT"
    GROUP = "GROUP"
    SET = "SET"
    BUNDLE = "BUNDLE"


class TransferKind(StrEnum):
    """Why custody passes (common process of 28 October 2025, no. 100: scenarios 1 to 3)."""

    SALE = "SALE"
    MOVEMENT = "MOVEMENT"
    CONTRACT_MANUFACTURE = "CONTRACT_MANUFACTURE"


class TransferStatus(StrEnum):
    """How far a transfer of custody has come."""

    OFFERED = "OFFERED"
    ACCEPTED = "ACCEPTED"
    PARTLY_ACCEPTED = "PARTLY_ACCEPTED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


class Assurance(StrEnum):
    """Whether the receiver went by identification codes, or checked marking codes."""

    TRUSTING = "TRUSTING"
    VERIFIED = "VERIFIED"


class DiscrepancyKind(StrEnum):
    """What was found otherwise than offered."""

    MISSING = "MISSING"
    SURPLUS = "SURPLUS"
    SWAPPED = "SWAPPED"
    UNKNOWN = "UNKNOWN"
    SOLD = "SOLD"


class ReceiptKind(StrEnum):
    """What a fiscal receipt is of."""

    SALE = "SALE"
    RETURN = "RETURN"


class BlockScope(StrEnum):
    """What a block covers."""

    UNITS = "UNITS"
    PACKAGE = "PACKAGE"
    BATCH = "BATCH"
    LOT = "LOT"
    GTIN = "GTIN"
    PRODUCT_GROUP = "PRODUCT_GROUP"


class FindingRule(StrEnum):
    """By which rule a code looks cloned or a chain broken."""

    SOLD_TWICE = "sold-twice"
    SOLD_THEN_MOVED = "sold-then-moved"
    IMPOSSIBLE_TRAVEL = "impossible-travel"
    GUESSING = "guessing"
    CUSTODY_GAP = "custody-gap"
    VOLUME_ABOVE_ISSUED = "volume-above-issued"
    SOLD_BY_NON_HOLDER = "sold-by-non-holder"
    SOLD_WHILE_BLOCKED = "sold-while-blocked"
    SOLD_IN_TRANSFER = "sold-in-transfer"
    SOLD_NOT_IN_CIRCULATION = "sold-not-in-circulation"
    EXPIRED_SOLD = "expired-sold"
    PART_OF_BUNDLE_SOLD = "part-of-a-bundle-sold"
    RETURNED_NOT_SOLD = "returned-not-sold"
    RETURNED_BY_ANOTHER = "returned-by-another"


class Role(StrEnum):
    """What a participant may be in its member state."""

    PARTICIPANT = "PARTICIPANT"
    OPERATOR = "OPERATOR"
    INSPECTOR = "INSPECTOR"


class Scope(StrEnum):
    """What an API key may be used for."""

    READ = "READ"
    ISSUE = "ISSUE"
    REPORT = "REPORT"
    ADMIN = "ADMIN"


class Algorithm(StrEnum):
    """How a verification key makes its codes."""

    ED25519 = "ED25519"
    AES_CMAC = "AES_CMAC"
