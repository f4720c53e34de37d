"""Regular expressions as finite automata: linear matching, globs, and classes of texts.

Imports `errors`, `limits` and `reading` at most.
"""
