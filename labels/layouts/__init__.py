"""What labels look like: layouts in millimetres, checked, and filled with goods."""
