"""What the page's views ask for, show, save, link and restore. Leaves out: how it looks (`viz`, `assets/player`)."""
