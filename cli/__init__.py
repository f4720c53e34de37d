"""The command `cis-insights`: a file or a folder for each verb.

Imports `cis_insights`, and `stacks` through one bridge when a verb needs it.
"""
