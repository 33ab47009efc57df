"""The loss of a run that goes on from trained weights: the tokens, and on ordinary text what those weights say of them.

Learning without forgetting (Li and Hoiem 2016): beside the next token, the whole distribution of the weights that the
run went on from is a target, so that only what the made text asks for moves away from them. Leaves out: the made text
itself, of which those weights know little, and runs that begin from nothing (`train.next_token_loss`).
"""

from __future__ import annotations

import torch
from torch.nn.functional import cross_entropy, linear
from transformers import LlamaForCausalLM

from model_utils.training.learning.train import last_hidden, slice_size, summed_loss


class Anchored:
    """A loss for batches of `rows` sequences, perhaps cut in pieces, whose first `text_rows` are ordinary text.

    `anchor`, from 0 to 1, is the weight of the teacher's distributions there, beside that of the tokens.
    """

    def __init__(self, teacher: LlamaForCausalLM, rows: int, text_rows: int, anchor: float) -> None:
        self._teacher, self._rows, self._text_rows, self._anchor = teacher, rows, text_rows, anchor

    def __call__(self, model: LlamaForCausalLM, batch: torch.Tensor) -> torch.Tensor:
        """The mean, in nats, over all tokens but the first of each sequence."""
        hidden, made = self._parted(last_hidden(model, batch))
        text_ids, made_ids = self._parted(batch)
        with torch.no_grad():
            taught = last_hidden(self._teacher, text_ids)
        total = torch.zeros((), device=batch.device)
        size = slice_size(batch)
        rows = (torch.split(one.flatten(0, 1), size) for one in (hidden, taught, text_ids[:, 1:, None]))
        for own, theirs, targets in zip(*rows, strict=True):
            with torch.no_grad():
                wanted = linear(theirs, self._teacher.lm_head.weight).float().softmax(-1)
            logits = linear(own, model.lm_head.weight).float()
            of_tokens = cross_entropy(logits, targets[:, 0], reduction="sum")
            of_teacher = cross_entropy(logits, wanted, reduction="sum")
            total = total + torch.lerp(of_tokens, of_teacher, self._anchor)
        if len(made):
            total = total + summed_loss(model, made, made_ids)
        return total / batch[:, 1:].numel()

    def _parted(self, sequences: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The sequences of ordinary and of made text; pieces of the same place follow each other."""
        by_place = sequences.reshape(-1, self._rows, *sequences.shape[1:])
        return by_place[:, : self._text_rows].flatten(0, 1), by_place[:, self._text_rows :].flatten(0, 1)
