"""What a request names: scanned codes, runs of batches, packages; found, and judged one by one."""
