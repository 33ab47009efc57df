"""Readings and sampling on the GPU, beside the model. Leaves out: the CPU, where numpy is faster (`logits`).

A step sends only some thousand numbers to the host, and never a row of logits, unless one is requested. Everything here
runs on any torch device, which is how it is tested. The numbers are those of `logits`.
"""
