"""`cis-insights verify`: whether CIS monitoring works in an account, or would as some files write it."""
