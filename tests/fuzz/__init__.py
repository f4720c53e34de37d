"""Hostile input, guided by what it reaches: `make fuzz`; the suite runs the same targets for a moment."""
