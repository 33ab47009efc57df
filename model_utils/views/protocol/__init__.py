"""What pages and views send, save and link, whichever view it is. Leaves out: the views, one file each."""
