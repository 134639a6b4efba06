"""Doing each change once: requests, claimed under their callers' ids."""
