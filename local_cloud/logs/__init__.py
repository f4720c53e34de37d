"""CloudWatch Logs: metric filters, queries, saved queries and index policies.

Imports `protocol` and `cis_insights`.
"""
