"""Names that lines of a packing report hold."""

from domain.standards.keyboard_layouts import LAYOUTS

CASE, PALLET = "146070950831234560", "046070950000000012"
WRONG = "146070950831234561"
UNIT = "0104610053149777215d/wuU"
MARKED = UNIT + "\x1d93dGVz"
GROUP = "010461005314977721700000"  # an identification code of digits alone
CIGARETTES = "04601653035829H;dV)bFACVUdGVz"
FORMS = [
    "{}",
    "00{}",
    "(00){}",
    "]C100{}",
    "]d200{}",
    " {}",
    "]C1{}",
    "\x1d00{}\x1d",
    "(00) {}",
    "[00]{}",
    "https://id.example/00/{}",
]
LAYOUT = next(layout for layout in LAYOUTS if layout.name == "kazakh")
TYPED = LAYOUT.type("00" + CASE)
