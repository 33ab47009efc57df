"""Steps where the logits are: on a GPU, what a step shows and which token it draws are worked out beside the model.

Only these numbers come to the host, some thousand of them, and never a row of logits, unless somebody asks for one.
Everything here runs on any torch device, which is how it is tested. Leaves out: processors, where numpy is faster
(`readings`, `sampling`, `tail`); the numbers are the same.
"""
