"""What the project itself is developed with: demo, local deployment, benchmarks, documentation, cross-check.

Imports everything else, and is never in the wheel.
"""
