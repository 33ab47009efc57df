"""What stands between the network and the app. Leaves out: what the app answers (`page`)."""
