"""One row through the batched product is what `nn.functional.linear` gives, and only single rows go that way."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from model_utils.local import gemv
from model_utils.local.gemv import RowLinear, one_row, read_row_by_row


@pytest.mark.parametrize("outputs", [1, 2, 3, 64, 257], ids="{} outputs".format)
@pytest.mark.parametrize("bias", [True, False], ids=["bias", "no bias"])
@pytest.mark.parametrize("shape", [(), (1,), (1, 1), (1, 1, 1)], ids=str)
def test_one_row_is_linear(outputs: int, bias: bool, shape: tuple[int, ...]) -> None:
    torch.manual_seed(outputs)
    layer = nn.Linear(48, outputs, bias=bias)
    x = torch.randn(*shape, 48)
    found = one_row(x, layer.weight, layer.bias)
    torch.testing.assert_close(found, layer(x), rtol=1e-5, atol=1e-5)
    strided = torch.randn(*shape, 96)[..., ::2]
    torch.testing.assert_close(one_row(strided, layer.weight, layer.bias), layer(strided), rtol=1e-5, atol=1e-5)


@pytest.fixture(autouse=True)
def nothing_measured_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gemv, "_pays_for", {})


def model() -> nn.Sequential:
    torch.manual_seed(0)
    made = nn.Sequential(nn.Linear(16, 16), nn.Linear(16, 15), nn.Linear(15, 4).double(), nn.LayerNorm(4).double())
    made[1].weight = nn.Parameter(torch.randn(16, 15).t())
    return made


@pytest.mark.parametrize(("pays", "count"), [(True, 1), (False, 0)], ids=["where it pays", "where it does not"])
def test_only_what_it_fits_is_changed(pays: bool, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gemv, "_pays", lambda _: pays)
    changed = model()
    assert read_row_by_row(changed) == count
    assert [type(layer) is RowLinear for layer in changed] == [pays, False, False, False]


@pytest.mark.parametrize("rows", [1, 2, 7])
def test_a_changed_layer_gives_the_same(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gemv, "_pays", lambda _: True)
    plain, changed = nn.Sequential(nn.Linear(33, 21)), nn.Sequential(nn.Linear(33, 21))
    changed.load_state_dict(plain.state_dict())
    read_row_by_row(changed)
    for shape in ((rows, 33), (1, rows, 33), (rows, 1, 33)):
        x = torch.randn(shape)
        torch.testing.assert_close(changed(x), plain(x), rtol=1e-5, atol=1e-5)


def test_what_was_measured_once_holds_for_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([False, True])
    monkeypatch.setattr(gemv, "_pays", lambda _: next(answers))
    assert [read_row_by_row(nn.Sequential(nn.Linear(8, 8))) for _ in range(2)] == [0, 0]
    assert read_row_by_row(nn.Sequential(nn.Linear(8, 9))) == 1
