"""One drawing, many languages: PDF, PNG, SVG, those of label printers, rows for programs."""
