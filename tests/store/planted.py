"""Faults of custody as an owner could plant them, in the registry of `test_doctor_of_custody.py`.

Each under the name that the doctor gives it, in one way or in several.
"""

FAULTS = {
    "event-not-told-to-its-participant": ("DELETE FROM event_parties WHERE event_id = 9",),
    "told-of-no-event": ("INSERT INTO event_parties (participant_id, event_id) VALUES (1, 99)",),
    "correction-of-nothing": (
        "UPDATE events SET corrects = 99 WHERE id = 18",
        "UPDATE events SET corrects = 98 WHERE id = 18",
        "UPDATE events SET corrects = 18 WHERE id = 18",
    ),
    "entry-without-its-event": ("DELETE FROM events WHERE id = 16",),
    "chain-goes-back-in-time": (
        "UPDATE events SET recorded_at = recorded_at - interval '1 day' WHERE id = 16",
    ),
    "package-without-its-event": ("UPDATE packages SET event_id = 99 WHERE number = 40",),
    "entry-of-no-transport-unit": (
        "UPDATE package_entries SET package_id = 99 WHERE package_id = 3 AND event_id = 8",
        "UPDATE package_entries SET package_id = 1 WHERE package_id = 3 AND event_id = 8",
    ),
    "entry-in-a-package-not-alive": (
        "UPDATE package_entries SET alive = false WHERE package_id = 7 AND event_id = 7",
        "UPDATE journal_entries SET parent_id = 99 WHERE parent_id = 5",
        "UPDATE package_entries SET parent_id = 6 WHERE package_id = 2 AND event_id = 14",
    ),
    "replay-differs-from-packages": (
        "UPDATE packages SET event_id = 7 WHERE id = 7",
        "UPDATE packages SET transfer_id = 1 WHERE id = 7",
        "UPDATE packages SET holder_id = 2 WHERE id = 7",
        "UPDATE packages SET turnover_state = 'KZ' WHERE id = 7",
        "UPDATE packages SET blocked = true WHERE id = 7",
        "UPDATE packages SET parent_id = 3, holder_id = NULL WHERE id = 7",
        "UPDATE packages SET alive = false, holder_id = NULL WHERE id = 7",
        "DELETE FROM package_entries WHERE package_id = 6",
    ),
    "chain-of-a-package-is-broken": (
        "UPDATE package_entries SET previous_event_id = 6 WHERE event_id = 14",
        "UPDATE package_entries SET previous_event_id = NULL WHERE event_id = 14",
        "UPDATE package_entries SET previous_event_id = 4 WHERE event_id = 5",
    ),
    "inside-what-is-not-there": (
        "UPDATE spans SET parent_id = 6 WHERE parent_id = 7",
        "UPDATE spans SET parent_id = 99 WHERE parent_id = 7",
        "UPDATE spans SET parent_id = 5 WHERE parent_id = 7",
        "UPDATE packages SET parent_id = 6 WHERE id = 2",
        "UPDATE packages SET parent_id = 99 WHERE id = 2",
    ),
    "package-inside-itself": (
        "UPDATE packages SET parent_id = 2, holder_id = NULL WHERE id = 3",
        "UPDATE packages SET parent_id = 1, holder_id = NULL WHERE id = 3",  # through a code
        "UPDATE packages SET parent_id = 3, holder_id = NULL WHERE id = 3",
        "UPDATE spans SET parent_id = 1 WHERE first = 40",
    ),
    "level-not-above-its-contents": (
        "UPDATE packages SET levels = 2 WHERE id = 3",
        "UPDATE packages SET levels = 2 WHERE id = 1",
    ),
    "custody-not-on-the-root": (
        "UPDATE spans SET turnover_state = 'BY' WHERE parent_id = 1",
        "UPDATE spans SET transfer_id = 1 WHERE parent_id = 1",
        "UPDATE spans SET turnover_state = NULL WHERE first = 4",
        "UPDATE packages SET turnover_state = NULL WHERE id = 3",
        "UPDATE packages SET turnover_state = 'BY' WHERE id = 2",
        "UPDATE packages SET transfer_id = 1 WHERE id = 2",
        "UPDATE packages SET turnover_state = 'BY' WHERE id = 6",
    ),
    "pack-with-custody-of-its-own": tuple(
        f"UPDATE packages SET {change} WHERE id = 1"
        for change in (
            "parent_id = 2",
            "transfer_id = 1",
            "turnover_state = 'BY'",
            "blocked = true",
        )
    ),
    "transport-unit-is-empty": (
        "UPDATE spans SET parent_id = 2 WHERE parent_id = 7",
        "UPDATE packages SET parent_id = 7 WHERE id = 2",
    ),
    "pack-without-its-code": (
        "UPDATE packages SET number = 99 WHERE id = 1",
        "UPDATE packages SET series_id = 9 WHERE id = 1",
    ),
    "code-of-a-dissolved-pack-lives": (
        "UPDATE spans SET withdrawal_reason = 'RETAIL' WHERE first = 42",
        "UPDATE spans SET withdrawal_reason = NULL, status = 'IN_CIRCULATION' WHERE first = 42",
        "UPDATE spans SET parent_id = 7, holder_id = NULL WHERE first = 42",
    ),
    "dissolved-without-a-pack": (
        "DELETE FROM packages WHERE id = 5",
        "UPDATE packages SET alive = true WHERE id = 5",
        "UPDATE spans SET status = 'WITHDRAWN', withdrawal_reason = 'DISSOLVED' WHERE first = 43",
    ),
    "summary-differs-from-contents": (
        "UPDATE package_summaries SET units = 7 WHERE package_id = 1",
        "UPDATE package_summaries SET units = 11 WHERE package_id = 3 AND units = 10",
        "UPDATE package_summaries SET lot_id = 0, status = 'APPLIED' WHERE lot_id = 1",
        "UPDATE package_summaries SET lot_id = 2 WHERE lot_id = 1",
        "UPDATE package_summaries SET batch_id = 1 WHERE package_id = 2 AND batch_id = 2",
        "UPDATE package_summaries SET blocked = true WHERE package_id = 8",
        "DELETE FROM package_summaries WHERE package_id = 8",
        "UPDATE spans SET status = 'APPLIED' WHERE first = 40",
    ),
    "summary-of-no-package": (
        "UPDATE packages SET alive = false WHERE id = 8",
        "UPDATE package_summaries SET package_id = 99 WHERE package_id = 8",
    ),
    "blocked-inside-is-miscounted": (
        "UPDATE packages SET blocked_inside = 0 WHERE id = 3",
        "UPDATE packages SET blocked_inside = 1 WHERE id = 2",
        "UPDATE packages SET blocked = false WHERE id = 2",
    ),
    "holder-has-other-units-than-counted": (
        "UPDATE package_summaries SET units = 11 WHERE package_id = 3 AND units = 10",
        "DELETE FROM package_summaries WHERE package_id = 8",
        "UPDATE spans SET parent_id = 6 WHERE parent_id = 7",
    ),
    "units-are-not-conserved": (
        "UPDATE package_summaries SET units = 11 WHERE package_id = 3 AND units = 10",
        "UPDATE packages SET parent_id = 7, holder_id = NULL WHERE id = 3",
    ),
    "holder-in-another-state": (
        "UPDATE packages SET turnover_state = 'KZ' WHERE id = 3",
        "UPDATE packages SET holder_id = 2 WHERE id = 3",
    ),
    "lock-of-no-open-transfer": (
        """
        UPDATE transfers SET status = 'CANCELLED', closed_event_id = 19, released_units = 19
        WHERE id = 1
        """,
        "UPDATE spans SET transfer_id = 2 WHERE first = 17",
        "UPDATE packages SET transfer_id = 99 WHERE id = 3",
    ),
    "offered-by-another-than-the-holder": (
        "UPDATE spans SET holder_id = 2 WHERE first = 4",
        "UPDATE packages SET holder_id = 2 WHERE id = 3",
        "UPDATE transfers SET sender_id = 2 WHERE id = 1",
    ),
    "offer-differs-from-what-is-locked": (
        "UPDATE spans SET transfer_id = NULL WHERE first = 4",
        "UPDATE spans SET transfer_id = NULL WHERE first = 43",
        "UPDATE packages SET transfer_id = NULL WHERE id = 3",
        "UPDATE spans SET transfer_id = 1 WHERE first = 3",
        "UPDATE packages SET transfer_id = 1 WHERE id = 7",
        "UPDATE transfers SET offered_units = 25 WHERE id = 1",
        "UPDATE package_summaries SET units = 3 WHERE package_id = 8",
    ),
    "offer-differs-from-its-entries": (
        "UPDATE transfer_goods SET lasts[1] = 3 WHERE transfer_id = 1",
        "UPDATE transfer_goods SET package_ids = '{3, 7}' WHERE transfer_id = 1",
        "UPDATE transfer_goods SET package_ids = '{}' WHERE transfer_id = 1",
        "DELETE FROM transfer_goods WHERE transfer_id = 2",
        "UPDATE journal_entries SET transfer_id = NULL WHERE event_id = 8 AND first = 43",
    ),
    "joined-a-transfer-after-its-offer": (
        "UPDATE journal_entries SET transfer_id = 1 WHERE event_id = 17",
        "UPDATE journal_entries SET transfer_id = 1, previous_event_id = NULL WHERE event_id = 17",
        "UPDATE package_entries SET transfer_id = 1 WHERE event_id = 16",
    ),
    "answers-do-not-add-up": (
        "UPDATE transfers SET accepted_units = 3 WHERE id = 1",
        "UPDATE transfers SET released_units = 2 WHERE id = 1",
        "DELETE FROM transfer_answers WHERE transfer_id = 2",
    ),
    "sold-units-do-not-add-up": (
        "UPDATE transfers SET sold_units = 2 WHERE id = 1",
        "UPDATE discrepancies SET kind = 'MISSING' WHERE event_id = 9",
        "DELETE FROM discrepancies",
    ),
    "status-does-not-fit-the-answers": (
        "UPDATE transfers SET released_units = 19 WHERE id = 1",
        *(
            f"UPDATE transfers SET status = '{status}' WHERE id = 2"
            for status in ("PARTLY_ACCEPTED", "REJECTED", "CANCELLED", "EXPIRED")
        ),
        "UPDATE transfers SET accepted_units = 1, released_units = 1 WHERE id = 2",
        "UPDATE transfers SET accepted_units = 1, sold_units = 1 WHERE id = 2",
    ),
    "transfer-without-its-events": (
        "UPDATE transfers SET event_id = 99 WHERE id = 1",
        "UPDATE transfers SET event_id = 9 WHERE id = 1",
        "UPDATE transfers SET closed_event_id = 99 WHERE id = 2",
        "UPDATE transfers SET closed_event_id = 12 WHERE id = 2",
    ),
    "answer-without-its-event": (
        "UPDATE transfer_answers SET event_id = 99 WHERE transfer_id = 2",
        "UPDATE transfer_answers SET event_id = 12 WHERE transfer_id = 2",
        "UPDATE transfer_answers SET kind = 'CANCELLED' WHERE transfer_id = 2",
        "UPDATE transfer_answers SET kind = 'EXPIRED' WHERE transfer_id = 2",
        "UPDATE transfer_answers SET kind = 'CLOSED', event_id = 99 WHERE transfer_id = 2",
    ),
    "discrepancy-without-its-event": ("UPDATE discrepancies SET event_id = 99 WHERE event_id = 9",),
    "block-not-on-its-units": (
        "UPDATE spans SET blocked = false WHERE first = 26",
        "UPDATE spans SET blocked = false WHERE first = 15",
        "UPDATE spans SET blocked = false WHERE blocked",
        "INSERT INTO block_runs (block_id, series_id, first, last) VALUES (1, 1, 50, 50)",
    ),
    "units-blocked-by-nothing": (
        "UPDATE spans SET blocked = true WHERE first = 17",
        "UPDATE blocks SET ended_event_id = 16 WHERE id = 3",
        "DELETE FROM block_runs",
    ),
    "block-not-on-its-package": (
        "UPDATE packages SET blocked = false WHERE id = 2",
        "UPDATE blocks SET ended_event_id = NULL WHERE id = 5",
    ),
    "package-blocked-by-nothing": (
        "UPDATE packages SET blocked = true WHERE id = 7",
        "UPDATE blocks SET ended_event_id = 16 WHERE id = 4",
    ),
    "block-of-nothing": (
        "DELETE FROM block_runs WHERE block_id = 2",
        "INSERT INTO block_runs (block_id, series_id, first, last) VALUES (4, 1, 50, 50)",
        "UPDATE blocks SET package_id = 99 WHERE id = 5",
        "UPDATE blocks SET package_id = 1 WHERE id = 5",
        "UPDATE blocks SET lot_id = 99 WHERE id = 6",
        "UPDATE blocks SET batch_id = 99 WHERE id = 7",
    ),
    "block-without-its-events": (
        "UPDATE blocks SET event_id = 99 WHERE id = 1",
        "UPDATE blocks SET event_id = 8 WHERE id = 1",
        "UPDATE blocks SET ended_event_id = 99 WHERE id = 2",
        "UPDATE blocks SET ended_event_id = 17 WHERE id = 2",
        "UPDATE blocks SET event_id = 19, ended_event_id = 15 WHERE id = 2",
        "UPDATE blocks SET until = NULL WHERE id = 5",
        "UPDATE blocks SET until = now() + interval '1 day' WHERE id = 5",
    ),
    "receipt-without-its-event": (
        "UPDATE receipts SET event_id = 99 WHERE event_id = 9",
        "UPDATE receipts SET event_id = 8 WHERE event_id = 9",
        "UPDATE receipts SET event_id = NULL, request_id = gen_random_uuid() WHERE event_id = 9",
        "UPDATE receipts SET event_id = 18 WHERE event_id = 9",
        "UPDATE receipts SET kind = 'SALE' WHERE kind = 'RETURN'",
        "UPDATE receipts SET participant_id = 2 WHERE event_id = 9",
        "UPDATE receipts SET event_id = 10 WHERE event_id = 9",
    ),
    "remarked-with-a-code-never-applied": (
        "UPDATE remarkings SET new_number = 99",
        "UPDATE remarkings SET new_number = 79",
    ),
    "remarked-code-is-not-withdrawn": (
        "UPDATE remarkings SET old_number = 99",
        "UPDATE remarkings SET old_number = 9",
    ),
    "remarking-without-its-event": (
        "UPDATE remarkings SET event_id = 99",
        "UPDATE remarkings SET event_id = 16",
    ),
    "finding-of-nothing": (
        "UPDATE findings SET event_id = 99",
        "UPDATE findings SET number = 99",
        "UPDATE findings SET series_id = 9",
    ),
}
