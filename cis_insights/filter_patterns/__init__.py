"""Filter patterns as CloudWatch Logs reads them: parsed, printed and matched against events.

Imports `errors` and `reading` only: as the second opinion on a query, it shares no code with the first.
"""
