"""The steps of the recipe in order, and what is published. Leaves out: what each step does (`text`, `learning`)."""
