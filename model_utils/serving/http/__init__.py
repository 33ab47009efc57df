"""Middleware between the network and the app. Leaves out: the app's answers (`page`)."""
