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


# --- packages ---------------------------------------------------------------------------------


@dataclass(eq=False)
class PackagesWithoutContents(Malformed):
    """Some packages are named without contents."""

    slug = "packages-without-contents"
    advice = "Name the contents of each package: codes, runs of a batch, or packages."
    count: int
    examples: tuple[str, ...] = ()


@dataclass(eq=False)
class SsccStillAlive(Conflict):
    """Some of these SSCCs are on packages of others that are not dissolved yet."""

    slug = "sscc-still-alive"
    advice = "Use a fresh SSCC; one is free again when its package is dissolved."
    count: int
    examples: tuple[str, ...] = ()


@dataclass(eq=False)
class PackagesHeldBack(Conflict):
    """Some of these packages are blocked, in an open transfer, or inside another package."""

    slug = "packages-held-back"
    advice = "Wait until the block or transfer ends; send `move` to take them out of another package."
    verb: str
    count: int
    by_reason: dict[str, int] = field(default_factory=dict)
    examples: tuple[str, ...] = ()


@dataclass(eq=False)
class PackageInsideItself(Unacceptable):
    """A package would lie inside itself, if only through others."""

    slug = "package-inside-itself"
    advice = "Check which package lies in which: those named in `packages` go round in a circle."
    packages: tuple[str, ...]


@dataclass(eq=False)
class PackageKindNotAllowed(Unacceptable):
    """Goods of this product group are not packed so, or the code is not printed for that."""

    slug = "package-kind-not-allowed"
    advice = "Choose one of the kinds in `allowed`; GET /product-groups/{group} lists them."
    kind: str
    product_group: str
    allowed: tuple[str, ...]


@dataclass(eq=False)
class PackOfSeveralProducts(Unacceptable):
    """A group pack or bundle would hold several products."""

    slug = "pack-of-several-products"
    advice = "Group packs and bundles hold units of one GTIN, or packs of one GTIN filled alike."
    package: str
    kind: str
    gtins: tuple[str, ...]


@dataclass(eq=False)
class SetOfOneProduct(Unacceptable):
    """A set would hold one product alone."""

    slug = "set-of-one-product"
    advice = "Sets hold several GTINs; goods of one GTIN make a group pack or a bundle."
    package: str
    gtin: str


@dataclass(eq=False)
class TransportUnitInPack(Unacceptable):
    """A transport unit would lie in a pack with a code of its own."""

    slug = "transport-unit-in-pack"
    advice = "Group packs, sets and bundles hold units and other packs with codes of their own."
    package: str
    count: int
    examples: tuple[str, ...] = ()


@dataclass(eq=False)
class PackMadeBefore(Conflict):
    """Some of these packs are made already: nothing is added to them."""

    slug = "pack-made-before"
    advice = "Name all contents of a group pack, set or bundle in the request that makes it."
    count: int
    examples: tuple[str, ...] = ()


@dataclass(eq=False)
class TurnoverStatesMixed(Conflict):
    """Goods in turnover in different member states do not lie in one package."""

    slug = "turnover-states-mixed"
    advice = "Pack goods of each member state for themselves."
    package: str
    member_states: tuple[str, ...]


@dataclass(eq=False)
class BundleStaysWhole(Conflict):
    """Some of these goods are parts of bundles, which do not come apart one by one."""

    slug = "bundle-stays-whole"
    advice = "Dissolve the whole bundle: PUT /unpackings/{id} with its code in `dissolve_codes`."
    count: int
    examples: tuple[str, ...] = ()


@dataclass(eq=False)
class PackWouldDissolve(Conflict):
    """The request packs some packs, and takes something out of them, which dissolves them."""

    slug = "pack-would-dissolve"
    advice = "Pack either the whole pack or what is in it."
    count: int
    examples: tuple[str, ...] = ()


@dataclass(eq=False)
class NotInPackage(Conflict):
    """Some of these goods are in no package."""

    slug = "not-in-package"
    advice = "Leave them out: there is nothing to take them out of."
    count: int
    examples: tuple[str, ...] = ()


@dataclass(eq=False)
class NotAPack(Conflict):
    """Some of these codes are not on packs: nothing lies in them."""

    slug = "not-a-pack"
    advice = "Name the codes of group packs, sets or bundles; transport units go by their SSCCs."
    count: int
    examples: tuple[str, ...] = ()


# --- blocks -----------------------------------------------------------------------------------


@dataclass(eq=False)
class UnknownBlock(NotFound):
    """There is no such block, or none of your member state."""

    slug = "unknown-block"
    advice = "GET /blocks lists those of your member state."
    block: str


@dataclass(eq=False)
class BlockEnded(Conflict):
    """The block has ended: it was lifted, or its term has passed."""

    slug = "block-ended"
    advice = "GET /blocks/{id} tells when; goods are blocked again under a new id."
    block: str


@dataclass(eq=False)
class BlockTermPassed(Unacceptable):
    """The block would end before it begins."""

    slug = "block-term-passed"
    advice = "Set `until` to a moment to come, or leave it out: then it lasts until it is lifted."
    until: str


@dataclass(eq=False)
class UnknownLot(NotFound):
    """No lot of this GTIN was told with this number."""

    slug = "unknown-lot"
    advice = "Check the number as AI 10 prints it; a GTIN can be blocked as a whole."
    gtin: str
    lot_number: str


# --- leaving circulation and coming back ------------------------------------------------------


@dataclass(eq=False)
class ExportNotNeeded(Unacceptable):
    """The destination recognises these codes: the goods are handed over, not withdrawn."""

    slug = "export-not-needed"
    advice = "Offer the goods to their receiver with PUT /transfers/{id}."
    product_group: str
    origin: str
    destination: str
    regime: str
    legal_basis: str


@dataclass(eq=False)
class NotRestorable(Conflict):
    """Some of these goods were withdrawn for a reason that cannot be undone."""

    slug = "not-restorable"
    advice = "What was destroyed or marked anew does not come back; `partial` leaves these out."
    count: int
    examples: tuple[str, ...] = ()


@dataclass(eq=False)
class CorrectionNotFitting(Unacceptable):
    """The event named in `corrects` is none of yours that withdrew all of these goods."""

    slug = "correction-not-fitting"
    advice = "Name the event that the receipt of the withdrawal tells, or none."
    event: int
    count: int


@dataclass(eq=False)
class GtinsDiffer(Unacceptable):
    """Some new codes are of another GTIN than the codes that they would replace."""

    slug = "gtins-differ"
    advice = "Mark goods anew with codes of their own GTIN."
    count: int
    examples: tuple[str, ...] = ()


@dataclass(eq=False)
class NewCodeInUse(Conflict):
    """Some new codes stand on goods or packs already."""

    slug = "new-code-in-use"
    advice = "Mark goods anew with codes that stand on nothing yet."
    count: int
    examples: tuple[str, ...] = ()


@dataclass(eq=False)
class OldCodesDiffer(Conflict):
    """The old codes that one new code would replace do not stand alike, outside of packs."""

    slug = "old-codes-differ"
    advice = "Take the goods out of their packs first; they must share lot, status and package."
    count: int
    examples: tuple[str, ...] = ()


# --- borders, reasons and documents -----------------------------------------------------------


@dataclass(eq=False)
class NoBorderCrossed(Unacceptable):
    """The goods stay in one member state."""

    slug = "no-border-crossed"
    advice = "Name two member states; within one no regime applies."
    member_state: str


@dataclass(eq=False)
class UnknownReason(Unacceptable):
    """There is no such withdrawal reason, or cause of re-marking."""

    slug = "unknown-reason"
    advice = "GET /product-groups/{group} lists the reasons that the group takes."
    reason: str


@dataclass(eq=False)
class ReasonReserved(Unacceptable):
    """The withdrawal reason is written by Tamga alone."""

    slug = "reason-reserved"
    advice = "Dissolve a pack with PUT /unpackings/{id}; mark goods anew with PUT /remarkings/{id}."
    reason: str


@dataclass(eq=False)
class ReasonNotForGroup(Unacceptable):
    """Goods of this product group do not leave circulation for this reason."""

    slug = "reason-not-for-group"
    advice = "Choose one of the reasons named in `allowed`."
    reason: str
    product_group: str
    allowed: tuple[str, ...]


@dataclass(eq=False)
class PrimaryDocumentNotFitting(Unacceptable):
    """The reason asks for a primary document of another kind."""

    slug = "primary-document-not-fitting"
    advice = "Name a document of one of the kinds in `fitting`; OTHER is told by its name."
    reason: str
    kind: str | None
    fitting: tuple[str, ...]


@dataclass(eq=False)
class DestinationMissing(Unacceptable):
    """The reason asks for the member state that the goods go to."""

    slug = "destination-missing"
    advice = "Name the destination."
    reason: str


@dataclass(eq=False)
class DestinationNotFitting(Unacceptable):
    """The destination is the goods' own state, or the reason has none."""

    slug = "destination-not-fitting"
    advice = "Name another member state for EXPORT_TO_MEMBER_STATE, and none for other reasons."
    reason: str
    destination: str


@dataclass(eq=False)
class FractionNotAllowed(Unacceptable):
    """Units of this product group leave circulation whole."""

    slug = "fraction-not-allowed"
    advice = "Withdraw the whole unit."
    product_group: str


@dataclass(eq=False)
class FractionNotFitting(Unacceptable):
    """The unit cannot be divided like this, or less of it is left."""

    slug = "fraction-not-fitting"
    advice = "Divide a unit always alike, into `greatest` parts at most, and take what is left."
    parts: int
    of: int
    greatest: int
    whole: int | None
    remaining: int | None


@dataclass(eq=False)
class OldCodeNotFitting(Unacceptable):
    """The cause of re-marking asks for the old code, or excludes it."""

    slug = "old-code-not-fitting"
    advice = "Name the old code of each unit where `old_code` is REQUIRED, none where NOT_GIVEN."
    cause: str
    old_code: str


@dataclass(eq=False)
class DocumentIncomplete(Unacceptable):
    """A document lacks its number, or its name where the kind is OTHER."""

    slug = "document-incomplete"
    advice = "Add what `missing` names."
    kind: str
    missing: tuple[str, ...]


@dataclass(eq=False)
class DocumentDateInFuture(Unacceptable):
    """A document is dated in the future."""

    slug = "document-date-in-future"
    advice = "Check the date; until `latest` it is today somewhere in the Union."
    number: str
    date: str
    latest: str


@dataclass(eq=False)
class TaxIdMalformed(Unacceptable):
    """The tax id is not one of the member states that it may come from."""

    slug = "tax-id-malformed"
    advice = "AM 8 digits, BY 9, KZ 12, KG 14, RU 10 or 12; check the control digits."
    tax_id: str
    member_states: tuple[str, ...]


# --- findings ---------------------------------------------------------------------------------


@dataclass(eq=False)
class UnknownFinding(NotFound):
    """There is no such finding, or none that concerns your member state."""

    slug = "unknown-finding"
    advice = "GET /findings lists those of your member state."
    finding: int


# --- secrets ----------------------------------------------------------------------------------


@dataclass(eq=False)
class MasterKeyWrong(Unavailable):
    """The master key is not the one that this registry's secrets were wrapped under."""

    slug = "master-key-wrong"
    advice = "Set TAMGA_MASTER_KEY to the key that the registry was made with; look for its backup."


# --- custody ----------------------------------------------------------------------------------


@dataclass(eq=False)
class TransferToSelf(Unacceptable):
    """The goods are offered to their own holder."""

    slug = "transfer-to-self"
    advice = "Name another participant as the receiver."


@dataclass(eq=False)
class UnknownReceiver(NotFound):
    """There is no such participant to receive goods."""

    slug = "unknown-receiver"
    advice = "Check the id, or name the receiver by member state and tax id: it may register later."
    participant: str


@dataclass(eq=False)
class ReceiverSuspended(Conflict):
    """The receiver is suspended."""

    slug = "receiver-suspended"
    advice = "Ask the operator of the receiver's member state; offer again when it is active."
    tax_id: str
    member_state: str


@dataclass(eq=False)
class DeadlineNotFitting(Unacceptable):
    """The offer would end too late, or before it begins."""

    slug = "deadline-not-fitting"
    advice = "Set `expires_at` to a moment to come, at most `most_days` days ahead."
    expires_at: str
    most_days: int


@dataclass(eq=False)
class GroupNotRecognised(Unacceptable):
    """The goods do not cross this border with these codes."""

    slug = "group-not-recognised"
    advice = "Take the road that `right_road` tells."
    product_group: str
    origin: str
    destination: str
    regime: str
    legal_basis: str
    right_road: str


@dataclass(eq=False)
class PackageInside(Conflict):
    """Some packages lie inside others."""

    slug = "package-inside"
    advice = "Name the outermost package, or take these out of it first."
    count: int
    examples: tuple[str, ...] = ()


@dataclass(eq=False)
class UnknownTransfer(NotFound):
    """There is no such transfer, or none that you may see."""

    slug = "unknown-transfer"
    advice = "GET /transfers lists those that you sent or are to receive."
    transfer: str


@dataclass(eq=False)
class NotYourAnswer(NotAllowed):
    """The other side answers this transfer."""

    slug = "not-your-answer"
    advice = "The receiver accepts or rejects; the sender may cancel before the first answer."
    allowed_to: str


@dataclass(eq=False)
class TransferClosed(Conflict):
    """The transfer has ended."""

    slug = "transfer-closed"
    advice = "GET /transfers/{id} tells how; what goes back is a new transfer."
    transfer: str
    ended_as: str


@dataclass(eq=False)
class TransferAnswered(Conflict):
    """The transfer has been answered in part: it can no longer be cancelled."""

    slug = "transfer-answered"
    advice = "Wait for the receiver, or for the deadline: what is left comes back then."
    transfer: str
    answers: int


@dataclass(eq=False)
class GoodsNotOffered(Conflict):
    """Some goods are not in the transfer: they were not offered, or are answered already."""

    slug = "goods-not-offered"
    advice = "Tell what came unasked as `surplus`; GET /transfers/{id} tells what is left."
    count: int
    examples: tuple[str, ...] = ()


@dataclass(eq=False)
class AssuranceNotProven(Unacceptable):
    """Verified acceptance needs the whole marking code of every unit."""

    slug = "assurance-not-proven"
    advice = "Send scanned marking codes for all goods, or accept with assurance TRUSTING."
    count: int
