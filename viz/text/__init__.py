"""Words of each language, numbers and labels as the eye reads them, Markdown. Leaves out: pictures (`figures`)."""
