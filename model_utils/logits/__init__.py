"""Readings of rows of logits, and the sampler, in numpy.

Leaves out: computing the rows (`local`, `remote`).
"""
