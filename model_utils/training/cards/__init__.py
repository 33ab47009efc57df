"""The model cards, written from what was measured. Leaves out: measuring (`measuring`)."""
