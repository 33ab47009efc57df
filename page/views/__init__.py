"""The page's tabs, one file each: its components, and what its events ask. Leaves out: what is drawn (`assets`)."""
