"""The query language of CloudWatch Logs Insights: read, printed, brought into normal form, evaluated.

Imports `errors`, `limits`, `reading`, `regex` and `events`; knows nothing of filter patterns.
"""
