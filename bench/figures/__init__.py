"""The figures by subject; each is measured by one function."""
