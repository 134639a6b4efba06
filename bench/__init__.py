"""`make bench`: what Tamga does, measured beside a table with a row for each code."""
