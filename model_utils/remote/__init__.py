"""The contract of `lm` over a network: a completions server, or workers of a Ray cluster.

Leaves out: models here (`local`).
"""
