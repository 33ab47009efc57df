"""The page on its way to browsers: its server, its routes beside Gradio's, and GPUs that are lent.

Leaves out: the page itself (`layout`, `views`).
"""
