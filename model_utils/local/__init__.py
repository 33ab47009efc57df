"""A transformers model in this process, on a CPU or a GPU, as fast as its memory.

Leaves out: remote models (`remote`).
"""
