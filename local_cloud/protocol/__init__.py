"""Requests and answers of AWS's protocols, checked against the models of botocore.

Imports no service.
"""
