"""A second engine for the prover's question: both syntax trees as formulas for the SMT solver Z3.

Of `cis_insights` it imports the syntax trees and `Reading`, and none of the prover's own parts: not
its automata, its representatives of values, its search, nor the evaluators. It has parsers of regular
expressions of its own. Development only: the package and its command never import it.
https://microsoft.github.io/z3guide/
"""
