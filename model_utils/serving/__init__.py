"""A model for many people at once: in turns, within bounds, watched, and closed to those who do not belong.

Leaves out: what is computed (the rest of `model_utils`), and the page (`page`).
"""
