"""The loop from tokens to weights: shapes, optimiser, checkpoints, tuning, export. Leaves out: the tokens (`text`)."""
