"""The page: its layout, what its events do, and how it is served.

Leaves out: numbers (`model_utils`), pictures (`viz`), and what moves in the browser (`assets/player`, `assets/page`).
"""
