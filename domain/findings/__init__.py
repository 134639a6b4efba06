"""Looking for fraud: why a code looks cloned or a chain broken, by which rule and threshold."""
