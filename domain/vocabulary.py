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
