"""`load("openai:http://host:port/v1#model")`: a model behind an OpenAI-compatible completions server.

Such a server tells the likeliest tokens of each row and no more; what it does not tell is missing or refused. Leaves
out: servers of one's own, which tell everything (`ray`).
"""
