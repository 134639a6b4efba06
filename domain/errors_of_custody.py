"""Every way Tamga says no about goods in packages and on their way; `errors.py` draws the tree."""

from dataclasses import dataclass, field

from domain.errors import Conflict, Malformed, NotAllowed, NotFound, Unacceptable

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
    advice = (
        "Wait until the block or transfer ends; send `move` to take them out of another package."
    )
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
