"""The recipe of the embedded models: from a folder of text to a folder in Hugging Face format.

Run it with `python -m model_utils.training --help`. Leaves out: models in use; nothing here is imported by the rest of
`model_utils`, and whoever only uses a model needs none of it.
"""
