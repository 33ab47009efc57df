"""A model on the workers of a Ray cluster, behind the same contract as one in this process.

Ids travel one way and whole rows of logits the other, so every number is computed here as for a local model. Leaves
out: the use of the rows (`tracing`, `beam_search`, `answers`).
"""
