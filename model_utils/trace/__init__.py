"""Traces of a model's steps over a text, as values, JSON and CSV. Leaves out: making them (`decoding`)."""
