"""Serving a model to many people at once: queue, limits, access control, metrics and logs.

Leaves out: the computations (rest of `model_utils`), and the page (`page`).
"""
