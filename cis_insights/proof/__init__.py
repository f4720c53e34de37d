"""The proof that a query and its filter patterns agree on every event.

Imports both languages, `regex` and `events`; the compiler is not asked.
"""
