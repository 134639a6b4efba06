"""The words on a label: a font for all five states, and text made to fit."""
