"""A transformers model in this process, on a processor or a GPU, as fast as its memory.

Leaves out: models elsewhere (`remote`).
"""
