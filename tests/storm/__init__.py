"""A stream of mixed operations in which the server and the database are killed, again and again.

`make adversity` runs it; `tests/adversity/test_storm.py` holds the harness itself to account.
"""
