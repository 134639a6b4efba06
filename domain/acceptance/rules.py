"""Who answers an offer, when, and what an answer must tell."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from domain.acceptance.answers import Acceptance
from domain.catalogue.documents import check_document
from domain.custody.offers import Transfer
from domain.deadlines.rules import Ending
from domain.errors_of_custody import (
    AssuranceNotProven,
    NotYourAnswer,
    TransferAnswered,
    TransferClosed,
)
from domain.goods.judging import Located
from domain.participants.actor import Actor
from domain.vocabulary import Assurance, TransferStatus


def check_receiver(transfer: Transfer, actor: Actor) -> None:
    if transfer.receiver.id != actor.id:
        raise NotYourAnswer("receiver")


def check_sender(transfer: Transfer, actor: Actor) -> None:
    if transfer.sender.id != actor.id:
        raise NotYourAnswer("sender")


def check_acceptance(told: Acceptance, transfer: Transfer, actor: Actor, now: datetime) -> None:
    """Refuse an acceptance by somebody else, or with papers that cannot be."""
    check_receiver(transfer, actor)
    states = (transfer.sender.member_state, transfer.receiver.member_state)
    for document in told.documents:
        check_document(document, now, states)


def check_assurance(assurance: Assurance, goods: Located | None) -> None:
    """Verified is who scanned the whole marking code of all goods, and each was right."""
    if assurance is Assurance.TRUSTING:
        return
    if goods is None or goods.asked or goods.packages:
        raise AssuranceNotProven(0)
    unproven = int((~goods.units.checked).sum())
    if unproven:
        raise AssuranceNotProven(unproven)


def check_open(standing: Ending) -> None:
    if standing.status is not TransferStatus.OFFERED:
        raise TransferClosed(str(standing.uuid), standing.status)


def check_unanswered(standing: Ending, given: Sequence[dict[str, Any]]) -> None:
    """The sender may take an offer back only before the first answer."""
    if given:
        raise TransferAnswered(str(standing.uuid), len(given))
