"""Templates with an answer to find, and lists to fill them. Leaves out: what is made of them (`made`)."""
