"""Pages that hold the player: exported, in a notebook, or a folder. Leaves out: the player (`assets/player`)."""
