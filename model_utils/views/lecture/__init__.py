"""What a lecture begins with: its lessons, and the recorded examples. Leaves out: the views that they show."""
