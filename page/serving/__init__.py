"""The page on its way to browsers: its server, its routes beside Gradio's, and GPUs that are lent."""
