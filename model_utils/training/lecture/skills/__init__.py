"""Made text to work something out: sequences, sums, passages, examples. Leaves out: what is known (`knowledge`)."""
