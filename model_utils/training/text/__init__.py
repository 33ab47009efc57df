"""Text for training: read, mixed, joined, cut into tokens, packed. Leaves out: text that is made (`lecture`)."""
