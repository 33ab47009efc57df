"""Whether a model is causal: its logits after a token must not depend on later tokens.

It is tested, not looked up: encoders load as language models without a warning. Leaves out: refusing them (`model`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

LENGTH = 4
TOLERANCE = 200
"""Units of the last place of the largest logit. The two passes have the same shapes, so a causal model's rows differ by
the order of a few sums at most, as between experts; a look at one later token moves them by thousands."""


def is_causal(rows: Callable[[Sequence[int]], torch.Tensor], vocab_size: int, epsilon: float) -> bool:
    """`rows` gives the logits after each of some ids, shape (tokens, vocabulary); `epsilon` is that of their numbers.

    NaN and infinities say nothing here.
    """
    ids = [(vocab_size * place) // (LENGTH + 1) for place in range(1, LENGTH + 1)]
    others = [ids[0], *((token_id + 1) % vocab_size for token_id in ids[1:])]
    one, other = (rows(text) for text in (ids, others))
    if len(one) != LENGTH:
        return False
    is_known = torch.isfinite(one[0]) & torch.isfinite(other[0])
    largest = one[0][is_known].abs().max() if is_known.any() else torch.tensor(0.0)
    moved = (one[0] - other[0])[is_known].abs()
    return not bool((moved > TOLERANCE * epsilon * max(1e-3, float(largest))).any())
