"""Everything that concerns a participant, as a feed that misses nothing."""
