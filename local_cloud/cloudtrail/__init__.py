"""Trails: records of the calls to the local cloud, and their delivery.

Imports `protocol` and `cis_insights`.
"""
