"""`cis-insights preview`: the dashboards as one HTML page, without a server and without a network.

sources (recorded files, demo events, an account) -> widgets (what each one shows) -> page (HTML)
"""
