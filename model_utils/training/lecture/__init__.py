"""Text that teaches a small model what a lecture shows: one module for each kind of it, `made` for all together.

Leaves out: text that people wrote (`corpus`).
"""
