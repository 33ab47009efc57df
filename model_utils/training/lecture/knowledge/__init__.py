"""Made text about the world: places, facts, words, sentences, tales. Leaves out: what is worked out (`skills`)."""
