"""One measurement a module, and all of them in one run. Leaves out: how figures are shown (`cards`)."""
