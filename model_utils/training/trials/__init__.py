"""Comparisons that decided the vocabulary and the optimiser. Leaves out: the recipe (`steps`)."""
