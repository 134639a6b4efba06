"""Every way Tamga says no, drawn as a tree. A refusal knows nothing of HTTP.

    Refusal
    ├── Malformed        the request cannot be understood
    ├── Unacceptable     understood, and a rule forbids it
    ├── NotAllowed       this participant may not
    ├── NotFound         there is no such thing, or not for the asker
    ├── Conflict         it does not fit how things stand now
    ├── TooLarge         beyond a stated limit
    ├── TooMany          too often; later it may work
    └── Unavailable      not now, through no fault of the request

A refusal's docstring is its title, `advice` says what to do next, its fields are the facts
needed to mend the request. Malformed syntax below that (a wrong check digit) is a
`ValueError` of `domain/standards`, which the edge turns into the same shape.
"""

from dataclasses import dataclass, field, fields
from typing import Any, ClassVar


@dataclass(eq=False)
class Refusal(Exception):
    """Tamga refused the request."""

    slug: ClassVar[str] = ""
    advice: ClassVar[str] = ""

    @property
    def title(self) -> str:
        return (type(self).__doc__ or "").strip().split("\n")[0]

    @property
    def facts(self) -> dict[str, Any]:
        """What the caller needs to mend the request, by field name."""
        return {item.name: getattr(self, item.name) for item in fields(self)}

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value!r}" for name, value in self.facts.items())
        return f"{self.title} ({told})" if told else self.title


class Malformed(Refusal):
    """The request cannot be understood."""


class Unacceptable(Refusal):
    """A rule forbids what was asked."""


class NotAllowed(Refusal):
    """The participant may not do that."""


class NotFound(Refusal):
    """There is no such thing, or none that the asker may see."""


class Conflict(Refusal):
    """The request does not fit how things stand now."""


class TooLarge(Refusal):
    """The request is beyond a stated limit."""


class TooMany(Refusal):
    """Too many requests; later it may work."""


class Unavailable(Refusal):
    """Tamga cannot answer now, through no fault of the request."""


# --- requests ---------------------------------------------------------------------------------


@dataclass(eq=False)
class RequestIdTaken(Conflict):
    """The request id is already in use."""

    slug = "request-id-taken"
    advice = "Choose a new UUID for this request."


@dataclass(eq=False)
class RequestIdReused(Conflict):
    """The request id was used before with another content."""

    slug = "request-id-reused"
    advice = "Repeat the first request exactly, or choose a new UUID for this one."


@dataclass(eq=False)
class UnknownPage(NotFound):
    """There is no such page of lines, or none that you may see."""

    slug = "unknown-page"
    advice = "The answer to the request tells how many pages there are; they count from 1."
    request: str
    page: int


@dataclass(eq=False)
class Busy(Unavailable):
    """Others kept changing the same goods."""

    slug = "busy"
    advice = "Repeat the same request with the same id in a moment."


@dataclass(eq=False)
class DatabaseUnavailable(Unavailable):
    """The connection to the database was lost."""

    slug = "database-unavailable"
    advice = (
        "Repeat the request with the same id: if it was recorded before the connection broke, "
        "the same answer comes back; if not, it is done now."
    )


@dataclass(eq=False)
class BodyTooLarge(TooLarge):
    """The body is larger than this operation takes."""

    slug = "body-too-large"
    advice = "Split the request, or use the file upload of the same operation."
    limit: int
    unit: str


# --- who is asking ----------------------------------------------------------------------------


@dataclass(eq=False)
class KeyNotAccepted(Refusal):
    """The API key is missing, unknown, expired or revoked."""

    slug = "key-not-accepted"
    advice = "Send `Authorization: Bearer <your API key>`, or ask your operator for a new key."


@dataclass(eq=False)
class ScopeMissing(NotAllowed):
    """The API key lacks the scope for this operation."""

    slug = "scope-missing"
    advice = "Use a key that has this scope."
    scope: str


@dataclass(eq=False)
class RoleMissing(NotAllowed):
    """The operation is not for this participant's role."""

    slug = "role-missing"
    advice = "Ask the operator of your member state."
    role: str


@dataclass(eq=False)
class UnknownParticipant(NotFound):
    """There is no such participant, or none that you may see."""

    slug = "unknown-participant"
    advice = "Check the participant's id."


@dataclass(eq=False)
class OtherMemberState(NotAllowed):
    """An operator acts only in its own member state."""

    slug = "other-member-state"
    advice = "Ask the operator of that member state."
    member_state: str


@dataclass(eq=False)
class NotTheirOperator(NotAllowed):
    """Only the participant itself and the operator of its member state may do this."""

    slug = "not-their-operator"
    advice = "Use a key of the participant, or ask its operator."


@dataclass(eq=False)
class ParticipantSuspended(NotAllowed):
    """The participant is suspended: it may read, and change nothing."""

    slug = "participant-suspended"
    advice = "Ask the operator of your member state why, and to end the suspension."


@dataclass(eq=False)
class SuspensionOfOneself(Unacceptable):
    """An operator does not suspend itself."""

    slug = "suspension-of-oneself"
    advice = "Ask another operator of your member state; a single key can be revoked."


@dataclass(eq=False)
class TaxIdRegistered(Conflict):
    """Another participant of the member state has this tax id."""

    slug = "tax-id-registered"
    advice = "GET /participants finds it; one tax id is one participant."
    tax_id: str


@dataclass(eq=False)
class ParticipantIdentityFixed(Conflict):
    """A participant's member state and tax id do not change."""

    slug = "participant-identity-fixed"
    advice = "Register another participant under an id of its own."


@dataclass(eq=False)
class UnknownKey(NotFound):
    """The participant has no such API key."""

    slug = "unknown-key"
    advice = "GET /participants/{id}/keys lists the keys."


@dataclass(eq=False)
class ExpiryPassed(Unacceptable):
    """The key would expire before it is issued."""

    slug = "expiry-passed"
    advice = "Choose an `expires_at` in the future, or none."
    expires_at: str


# --- catalogue --------------------------------------------------------------------------------


@dataclass(eq=False)
class UnknownProduct(NotFound):
    """The GTIN is not registered."""

    slug = "unknown-product"
    advice = "Register the product first: PUT /products/{gtin}."
    gtin: str


@dataclass(eq=False)
class ProductNotYours(NotAllowed):
    """The product belongs to another participant."""

    slug = "product-not-yours"
    advice = "Only the owner of the product card may do this."
    gtin: str


@dataclass(eq=False)
class UnknownProductGroup(NotFound):
    """There is no such product group."""

    slug = "unknown-product-group"
    advice = "GET /product-groups lists the groups and their aliases."
    product_group: str


@dataclass(eq=False)
class UnknownTemplate(NotFound):
    """The product group has no such code template."""

    slug = "unknown-template"
    advice = "GET /product-groups/{group} lists the templates of the group."
    product_group: str
    template: str


@dataclass(eq=False)
class GroupNotInForce(Unacceptable):
    """Marking of this product group is not in force in this member state on this date."""

    slug = "group-not-in-force"
    advice = "See GET /product-groups/{group}; the operator of the state may declare a start date."
    product_group: str
    member_state: str
    date: str
    standing: str
    decision: str | None


@dataclass(eq=False)
class CardNotFitting(Unacceptable):
    """The product card cannot be kept as it is."""

    slug = "card-not-fitting"
    advice = "Mend what `faults` names."
    faults: tuple[dict[str, Any], ...]


@dataclass(eq=False)
class ProductGroupFixed(Conflict):
    """Codes were issued for the GTIN, so its product group stays."""

    slug = "product-group-fixed"
    advice = "Register the goods under another GTIN, or keep the product group."
    gtin: str
    product_group: str


@dataclass(eq=False)
class StandingAlreadyKnown(Conflict):
    """Whether marking is in force there then is known; only what is not known can be declared."""

    slug = "standing-already-known"
    advice = "See GET /product-groups/{group}; declare a time for which the standing is not known."
    product_group: str
    member_state: str
    date: str
    standing: str
    decision: str | None


@dataclass(eq=False)
class DeclarationDatesReversed(Unacceptable):
    """The declaration ends before it begins."""

    slug = "declaration-dates-reversed"
    advice = "Check valid_from and valid_to."
    valid_from: str
    valid_to: str


@dataclass(eq=False)
class FileUnreadable(Malformed):
    """The file cannot be read."""

    slug = "file-unreadable"
    advice = "Send CSV or TSV in UTF-8, or XLSX without a password."
    reason: str


@dataclass(eq=False)
class FileTooLarge(TooLarge):
    """The file holds more than an import takes."""

    slug = "file-too-large"
    advice = "Split the file."
    unit: str
    limit: int


@dataclass(eq=False)
class HeaderNotUnderstood(Malformed):
    """The file's columns are not named so that they can be understood."""

    slug = "header-not-understood"
    advice = "Name the columns gtin, product_group and name, each once, in one row above the goods."
    header: tuple[str, ...]
    missing: tuple[str, ...]
    repeated: tuple[str, ...]


@dataclass(eq=False)
class RowsWrong(Unacceptable):
    """Some rows of the file are wrong, so nothing was imported."""

    slug = "rows-wrong"
    advice = (
        "Mend the rows and send the file again under the same id, or import the good rows alone "
        "with mode=good-rows; Accept: text/csv hands the file back with the errors in it."
    )
    rows: int
    counts: dict[str, int]
    wrong_rows: tuple[dict[str, Any], ...]


# --- registering batches ----------------------------------------------------------------------


@dataclass(eq=False)
class UnknownBatch(NotFound):
    """There is no such batch, or none that you may see."""

    slug = "unknown-batch"
    advice = "Check the batch id; GET /batches lists yours."
    batch: str


@dataclass(eq=False)
class SpaceExhausted(Unacceptable):
    """The number space of this GTIN and template has too few numbers left."""

    slug = "space-exhausted"
    advice = "Order fewer units, or use the group's other template."
    gtin: str
    template: str
    wanted: int
    left: int


@dataclass(eq=False)
class SerialFormsClash(Conflict):
    """Serials of this length exist for the GTIN in the other form."""

    slug = "serial-forms-clash"
    advice = (
        "For one GTIN and length, serials with and without a first character exclude each other; "
        "use another template or register your own serials."
    )
    gtin: str
    serial_length: int


@dataclass(eq=False)
class SerialNotFitting(Unacceptable):
    """Some serials do not fit the template."""

    slug = "serial-not-fitting"
    advice = "Serials must have the template's length, alphabet and first character."
    template: str
    count: int
    examples: tuple[str, ...]


@dataclass(eq=False)
class SerialAlreadyIssued(Conflict):
    """Some of these serials are already issued for the GTIN."""

    slug = "serial-already-issued"
    advice = "Leave these serials out, or choose others."
    gtin: str
    count: int
    examples: tuple[str, ...]


@dataclass(eq=False)
class PriceNotFitting(Unacceptable):
    """The template's price is missing, not wanted, or out of range."""

    slug = "price-not-fitting"
    advice = "Send price_minor exactly when the template prints a price."
    template: str
    highest: int | None


@dataclass(eq=False)
class TnvedNotFitting(Unacceptable):
    """The TN VED code does not have four digits, or the template does not print one."""

    slug = "tnved-not-fitting"
    advice = "Leave tnved out, or choose a template with AI 240."
    template: str


@dataclass(eq=False)
class EmissionNotFitting(Unacceptable):
    """The kind of emission does not fit the member state of issue."""

    slug = "emission-not-fitting"
    advice = (
        "Codes of another member state are ordered with emission CROSS_BORDER, "
        "codes of one's own with another kind."
    )
    emission: str
    member_state: str
    own_state: str


@dataclass(eq=False)
class DatesReversed(Unacceptable):
    """The lot expires before it was produced."""

    slug = "dates-reversed"
    advice = "Check produced_on and expires_on."
    produced_on: str
    expires_on: str


@dataclass(eq=False)
class OccurredInFuture(Unacceptable):
    """The event is said to happen in the future."""

    slug = "occurred-in-future"
    advice = "Check the clock and its zone; up to 5 minutes ahead are accepted."
    occurred_at: str


# --- goods ------------------------------------------------------------------------------------


@dataclass(eq=False)
class UnknownCodes(NotFound):
    """Some codes were never issued, or are not yours to see."""

    slug = "unknown-codes"
    advice = "Check the codes named in `examples`; `partial` leaves them out and lists them."
    count: int
    examples: tuple[str, ...] = ()


@dataclass(eq=False)
class UnreadableCodes(Malformed):
    """Some codes cannot be read, or can be read in more than one way."""

    slug = "unreadable-codes"
    advice = "Scan again with the separators kept; `lines` names where and why."
    count: int
    examples: tuple[str, ...] = ()
    reasons: dict[str, int] = field(default_factory=dict)


@dataclass(eq=False)
class VerificationFailed(Unacceptable):
    """Some codes carry a verification code that is not theirs."""

    slug = "verification-failed"
    advice = "These labels are not genuine or were misread: scan them again, and report what stays."
    count: int
    examples: tuple[str, ...] = ()


@dataclass(eq=False)
class CodesRepeated(Unacceptable):
    """The same code stands in the list more than once."""

    slug = "codes-repeated"
    advice = "Name each unit once; `partial` takes the first and lists the rest."
    count: int
    examples: tuple[str, ...] = ()


@dataclass(eq=False)
class RunOutsideBatch(Unacceptable):
    """A run reaches beyond its batch."""

    slug = "run-outside-batch"
    advice = "first + count must not exceed the batch's quantity; ordinals count from 0."
    batch: str
    quantity: int


@dataclass(eq=False)
class StatusNotFitting(Conflict):
    """Some of these goods are not in the status this step starts from."""

    slug = "status-not-fitting"
    advice = (
        "See the life of a code in the documentation; `partial` leaves these out and lists them."
    )
    verb: str
    count: int
    by_status: dict[str, int] = field(default_factory=dict)
    examples: tuple[str, ...] = ()


@dataclass(eq=False)
class GoodsHeldBack(Conflict):
    """Some of these goods are blocked, in an open transfer, or inside a package."""

    slug = "goods-held-back"
    advice = "Wait until the block or transfer ends, or unpack first; `partial` leaves these out."
    verb: str
    count: int
    by_reason: dict[str, int] = field(default_factory=dict)
    examples: tuple[str, ...] = ()


@dataclass(eq=False)
class AmbiguousCodes(Malformed):
    """Some codes can be read in more than one way, and each way names goods."""

    slug = "ambiguous-codes"
    advice = "Scan again with the separators kept, or name the identification code: 01, GTIN, 21, serial."
    count: int
    examples: tuple[str, ...] = ()


@dataclass(eq=False)
class UnknownPackages(NotFound):
    """Some packages do not exist, or are not yours."""

    slug = "unknown-packages"
    advice = "Check the SSCCs, and that you hold these packages."
    count: int
    examples: tuple[str, ...] = ()


@dataclass(eq=False)
class PackagesRepeated(Malformed):
    """Some packages are named more than once."""

    slug = "packages-repeated"
    advice = "Name each package once."
    count: int
    examples: tuple[str, ...] = ()


@dataclass(eq=False)
class NestedTooDeep(Unacceptable):
    """The packages would lie in each other deeper than is allowed."""

    slug = "nested-too-deep"
    advice = "Unpack a level; a package may hold packages to the depth named in `most`."
    most: int


@dataclass(eq=False)
class LineReportInvalid(Malformed):
    """Some lines of the packing report are wrong, so nothing of it was recorded."""

    slug = "line-report-invalid"
    advice = "Mend the lines named in `errors` and send the whole file again."
    count: int
    errors: tuple[dict[str, Any], ...]


@dataclass(eq=False)
class SsccInvalid(Malformed):
    """Some of these are not SSCCs, or their check digit is wrong."""

    slug = "sscc-invalid"
    advice = "Scan the transport label again, or send the 18 digits under its symbol."
    count: int
    examples: tuple[str, ...] = ()


@dataclass(eq=False)
class LotMissing(Malformed):
    """The request tells nothing of a lot."""

    slug = "lot-missing"
    advice = "Send `lot` with a lot number, a production date, an expiry date or customs data."


@dataclass(eq=False)
class NoGoods(Malformed):
    """The request names no goods."""

    slug = "no-goods"
    advice = "Name codes, runs of a batch (batch, first, count), or packages."


@dataclass(eq=False)
class DocumentsMissing(Unacceptable):
    """Documents that the group asks for are missing."""

    slug = "documents-missing"
    advice = "Add the documents named in `missing`."
    missing: tuple[str, ...]


@dataclass(eq=False)
class LabelNotMade(Unacceptable):
    """The label cannot be made as asked."""

    slug = "label-not-made"
    advice = "See `reason` and `hint`; another layout or count may do."
    reason: str
    hint: str
    told: dict[str, Any]


@dataclass(eq=False)
class PictureUnreadable(Unacceptable):
    """The picture cannot be read."""

    slug = "picture-unreadable"
    advice = "Send a JPEG, PNG, WebP, BMP or GIF within the limits."
    reason: str
    limit: int | None


# --- prints -----------------------------------------------------------------------------------


@dataclass(eq=False)
class UnknownPrint(NotFound):
    """There is no such print, or none that you may see."""

    slug = "unknown-print"
    advice = "Check the print's id; GET /batches/{batch}/prints lists what was printed of a batch."
    print: str


@dataclass(eq=False)
class PrintTooLarge(Unacceptable):
    """A print has at most a million units, and not many more labels, copies included."""

    slug = "print-too-large"
    advice = "Print the batch in several runs: `first` and `count` name them."
    units: int
    labels: int
    most_units: int
    most_labels: int


@dataclass(eq=False)
class ReprintNeedsReason(Conflict):
    """Some of these labels were printed before, and no reason is told for printing them again."""

    slug = "reprint-needs-reason"
    advice = "Send `reason`, which is kept; or print only what was not printed: see `examples`."
    count: int
    printed_at: str
    print: str
    examples: tuple[str, ...] = ()


@dataclass(eq=False)
class LabelsBeingSent(Conflict):
    """The labels of this print are being sent to a printer already."""

    slug = "labels-being-sent"
    advice = (
        "Wait until that has ended, or stop it where it was begun. Where its server failed, it "
        "counts as ended a minute after it was heard of last."
    )
    print: str
    printer: str
    sent: int
    confirmed: int


@dataclass(eq=False)
class LabelOutsidePrint(Unacceptable):
    """The print has no such label."""

    slug = "label-outside-print"
    advice = "Labels count from 1 over the whole print, copies included."
    first: int
    labels: int


# --- secrets ----------------------------------------------------------------------------------


@dataclass(eq=False)
class MasterKeyWrong(Unavailable):
    """The master key is not the one that this registry's secrets were wrapped under."""

    slug = "master-key-wrong"
    advice = "Set TAMGA_MASTER_KEY to the key that the registry was made with; look for its backup."
