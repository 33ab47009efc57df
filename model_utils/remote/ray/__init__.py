"""A model that runs elsewhere, on the workers of a Ray cluster, behind the same contract as one in this process.

What travels is ids one way and whole rows of logits the other, so every number is made here as it is of a local model.
Leaves out: what is done with the rows (`tracing`, `beam_search`, `answers`).
"""
