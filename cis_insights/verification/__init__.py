"""Whether CIS monitoring works in a set-up that somebody made: a model of it, and findings by proof.

Pure: readers elsewhere fill the model from an account or from templates.
"""
