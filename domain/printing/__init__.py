"""Labels of a print on their way out: drawn from what was pinned, fetched, sent to printers."""
