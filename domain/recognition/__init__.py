"""What was scanned, turned into numbers of the registry."""
