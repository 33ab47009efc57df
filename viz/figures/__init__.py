"""Plotly figures, one a module. Leaves out: pages around them (`pages`)."""
