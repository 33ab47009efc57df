"""Errors with advice for folders and files that are no usable model.

Leaves out: other errors, and those of the hub (`errors`).
"""

from __future__ import annotations

from .errors import ModelLoadFailed, ModelNotFound, TsuzukiError


class NoModelInFolder(ModelNotFound):
    key = "no_model_in_folder"


class ModelInside(ModelNotFound):
    key = "model_inside"


class AdapterAlone(ModelNotFound):
    key = "adapter_alone"


class ForLlamaCpp(ModelNotFound):
    key = "for_llama_cpp"


class FileNotFolder(ModelNotFound):
    key = "file_not_folder"


class FileMissing(TsuzukiError):
    key = "file_missing"


class NotCausal(TsuzukiError):
    key = "not_causal"


class ImpossibleShape(ModelLoadFailed):
    key = "impossible_shape"


class ImpossibleFactor(ModelLoadFailed):
    key = "impossible_factor"


class QuantizedWeights(ModelLoadFailed):
    key = "quantized_weights"


class UnusableTokenizer(ModelLoadFailed):
    key = "unusable_tokenizer"
