"""Text to ids, ids to bytes, bytes to what the eye sees. Leaves out: what follows a token (`logits`)."""
