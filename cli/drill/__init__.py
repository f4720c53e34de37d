"""`cis-insights drill`: sets off the alarms on purpose, and sees whether each step of the chain happens."""
