"""The loops over steps: generate, score, beam search, sums over tokenisations.

Leaves out: the models (`local`, `remote`).
"""
