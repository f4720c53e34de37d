"""`cis-insights doctor`: which log group an account's trails feed, and the settings that watch it."""
