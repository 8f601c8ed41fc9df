"""The demo: campaigns, invented supporters and comments, the same on every machine, and how they are loaded."""
