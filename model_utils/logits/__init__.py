"""What a row of logits says, and what the sampler makes of it, numpy.

Leaves out: where rows come from (`local`, `remote`).
"""
