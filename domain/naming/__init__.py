"""Numbers turned back into identification codes: what recognition does, the other way round."""
