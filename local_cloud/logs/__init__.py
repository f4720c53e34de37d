"""CloudWatch Logs: metric filters, queries and what is stored for them.

Imports `protocol` and `cis_insights`.
"""
