"""Between two sets of weights lie others; the nearest to the trained ones whose text is cheap enough is taken."""

from pathlib import Path

import pytest
import torch
from transformers import LlamaForCausalLM

from model_utils.training.errors import CheckpointError
from model_utils.training.learning.model import Shape, build_model
from model_utils.training.steps.blend import BEGUN, SHARES, blend, go_back, load_begun, save_begun

SHAPE = Shape(hidden=32, layers=2, heads=2, intermediate=48, context=64)


def a_model(seed: int) -> LlamaForCausalLM:
    torch.manual_seed(seed)
    return build_model(SHAPE, 100, 0)


def test_a_blend_is_so_far_on_the_way() -> None:
    one, other = a_model(1).state_dict(), a_model(2).state_dict()
    for name, weight in blend(one, other, 0.75).items():
        torch.testing.assert_close(weight, 0.25 * one[name] + 0.75 * other[name])
    torch.testing.assert_close(blend(one, other, 1.0), dict(other))


@pytest.mark.parametrize(("cheap", "share"), [(1.0, 1.0), (0.95, 0.9), (0.75, 0.7), (0.5, SHARES[-1]), (0.0, 1.0)])
def test_it_goes_back_no_further_than_it_must_or_not_at_all(cheap: float, share: float, tmp_path: Path) -> None:
    model, begun = a_model(2), a_model(1)
    save_begun(tmp_path, begun)
    start, end = begun.state_dict()["lm_head.weight"], model.state_dict()["lm_head.weight"].clone()

    def is_dear(blended: LlamaForCausalLM) -> bool:
        way = (blended.lm_head.weight - start).norm() / (end - start).norm()
        return bool(way > cheap + 1e-3)

    found = load_begun(tmp_path)
    assert found is not None and go_back(model, found, is_dear) == share
    torch.testing.assert_close(model.state_dict()["lm_head.weight"], torch.lerp(start, end, share))


def test_a_run_that_began_from_nothing_has_nothing_to_go_back_to(tmp_path: Path) -> None:
    assert load_begun(tmp_path) is None
    (tmp_path / BEGUN).write_bytes(b"cut short")
    with pytest.raises(CheckpointError, match="remove it"):
        load_begun(tmp_path)
