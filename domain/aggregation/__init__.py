"""Which goods lie in which package: packing and unpacking, to six levels.

A transport unit is known by its SSCC, a group pack, set or bundle by its own marking code. What a
packing line reports comes as a file, described in `docs/packing.md`.
"""
