"""What is due: offers and blocks whose end has come, recorded by the next writer or by a sweep."""
