"""CDK constructs that deploy a catalogue.

Nothing here reads context or environment: `Settings` carries everything in.
"""
