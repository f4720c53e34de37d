"""`cis-insights test`: recorded events against controls, and why one is not found."""
