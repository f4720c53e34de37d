"""Trails: calls that are made in the local cloud, recorded and delivered.

Imports `protocol` and `cis_insights`.
"""
