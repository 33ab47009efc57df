"""Ids as people type them and as tools print them, against what the tools mean by it; and what is no id, refused."""

from __future__ import annotations

import json
import pprint

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from model_utils.errors import InvalidIds
from model_utils.tokens.typed_ids import typed_ids

IDS = [101, 0, 7592, 50256, 12]
LISTS = st.lists(st.integers(0, 300_000), max_size=60)


@pytest.mark.parametrize(
    "typed",
    [
        "101 0 7592 50256 12", "101,0,7592,50256,12", "[101, 0, 7592, 50256, 12]", "101、0、7592、50256、12",
        "101\n0\n7592\n50256\n12\n", "101\t0\t7592\t50256\t12", "１０１　０　７５９２　５０２５６　１２",
        "１０１，０，７５９２，５０２５６，１２", "(101, 0, 7592, 50256, 12)", "[[101], [0, 7592], [50256, 12]]",
        "{101, 0, 7592, 50256, 12}", "101; 0; 7592; 50256; 12",
        "101 | 0 | 7592 | 50256 | 12", "[101,\r\n 0,\r\n 7592,\r\n 50256,\r\n 12,\r\n]", "  [101 0 7592 50256 12]  ",
        "【101、0、7592、50256、12】", "(5) [101, 0, 7592, 50256, 12]", "Array(5) [ 101, 0, 7592, 50256, 12 ]",
        "Uint32Array(5) [101, 0, 7592, 50256, 12]", "tensor([[101, 0, 7592, 50256, 12]], device='cuda:0')",
        "array([101, 0, 7592, 50256, 12], dtype=int32)", "[np.int64(101), np.int64(0), 7592, 50256, np.int64(12)]",
    ],
)  # fmt: skip
def test_ids_as_they_are_typed_or_printed(typed):
    assert typed_ids(typed) == IDS


@given(LISTS)
def test_what_python_numpy_and_torch_print_comes_back(ids):
    printed = [str(ids), json.dumps(ids), pprint.pformat(ids, width=40), str(tuple(ids)), str(list(np.array(ids, int)))]
    with np.printoptions(threshold=100):
        printed += [str(np.array(ids, np.int64)), repr(np.array(ids, np.int64)), repr(np.array([ids], np.int32))]
    printed += [repr(torch.tensor(ids, dtype=torch.int64)), repr(torch.tensor([ids], dtype=torch.int32))]
    for one in printed:
        assert typed_ids(one) == ids, one


@pytest.mark.parametrize(
    "typed",
    [
        "x", "1e3", "0x10", "1_000", "1,000", "007", "12a", "²", "①", "1-2", "--1", "1 2 ... 9", "[1 2 … 9]", "1.5",
        "{'input_ids': [1, 2], 'attention_mask': [1, 1]}", '{"ids": [1]}', "tensor(1.5)", "id 7", "9" * 5_000, "½",
        "<tf.Tensor: shape=(2,), dtype=int32, numpy=array([1, 2], dtype=int32)>", "'a': 5", "1:2", "#1", "1/2",
    ],
)  # fmt: skip
def test_what_is_no_list_of_ids_is_refused_and_not_guessed(typed):
    with pytest.raises(InvalidIds):
        typed_ids(typed)


@given(st.text(max_size=300))
def test_any_text_is_ids_or_is_refused(typed):
    try:
        found = typed_ids(typed)
    except InvalidIds:
        return
    assert all(isinstance(one, int) for one in found)
