"""Text to ids, ids to bytes, bytes to labels for the eye. Leaves out: the next tokens (`logits`)."""
