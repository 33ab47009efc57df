"""Why a folder or its files are no model that can be shown, as errors that say what to do.

Leaves out: other errors, and those of the hub (`errors`).
"""

from __future__ import annotations

from .errors import ModelLoadFailed, ModelNotFound, TsuzukiError


class NoModelInFolder(ModelNotFound):
    key = "no_model_in_folder"
    sentence = "The folder {folder} holds no model: it has no {missing}. Give the folder that has one."


class ModelInside(ModelNotFound):
    key = "model_inside"
    sentence = "The folder {folder} holds no model: it has no {missing}. Perhaps you mean {other}."


class AdapterAlone(ModelNotFound):
    key = "adapter_alone"
    sentence = (
        "{folder} is an adapter for {base}, not a model of its own. "
        "Merge the two (merge_and_unload of the package peft), save the result, and give that folder."
    )


class ForLlamaCpp(ModelNotFound):
    key = "for_llama_cpp"
    sentence = (
        "{model} is a GGUF file, which llama.cpp reads. Serve it with llama.cpp and give "
        "openai:http://host:port/v1#model, or give a folder in Hugging Face format."
    )


class FileNotFolder(ModelNotFound):
    key = "file_not_folder"
    sentence = "{model} is a file. Give the folder that it lies in: {other}."


class FileMissing(TsuzukiError):
    key = "file_missing"
    sentence = (
        "{model} could not be loaded: {file} is only a note of Git LFS, not the file itself. Run git lfs pull there."
    )


class NotCausal(TsuzukiError):
    key = "not_causal"
    sentence = (
        "{model} looks at the words on both sides of a place, so what it gives there is no probability of the next "
        "token. Choose a model that was made to continue texts."
    )


class ImpossibleShape(ModelLoadFailed):
    key = "impossible_shape"
    sentence = "{model} could not be loaded: {name} in its config.json is {value}; it must be from {low} to {high}."


class ImpossibleFactor(ModelLoadFailed):
    key = "impossible_factor"
    sentence = "{model} could not be loaded: {name} in its config.json is {value}; it must be above 0 and finite."


class QuantizedWeights(ModelLoadFailed):
    key = "quantized_weights"
    sentence = (
        "{model} could not be loaded: its weights are quantized ({method}), and only packages of their own read those. "
        "Choose the model as it was before that."
    )


class UnusableTokenizer(ModelLoadFailed):
    key = "unusable_tokenizer"
    sentence = (
        "{model} could not be loaded: its tokens cannot be shown with the text that each stands for ({reason}). "
        "Give a folder with a tokenizer.json that transformers reads."
    )
