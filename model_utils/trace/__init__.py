"""What a model did with a text: values, and the same as JSON and as CSV. Leaves out: how it came about (`decoding`)."""
