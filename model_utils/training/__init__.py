"""The recipe of the embedded models: from a folder of text to a folder in Hugging Face format.

Run it with `python -m model_utils.training --help`. Nothing here is imported by `model_utils` itself: whoever only
uses a model needs none of it.
"""
