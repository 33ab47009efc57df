"""`load("openai:http://host:port/v1#model")`: a model behind an OpenAI-compatible completions server.

Such a server reports only the top-k logprobs of each row; other values are missing or refused. Leaves out: workers of
one's own, which send whole rows (`ray`).
"""
