"""How often each control would have raised its alarm on recorded events: in DuckDB, and in Athena.

Uses `sql`; imports sqlglot and DuckDB (extra `sql`).
"""
