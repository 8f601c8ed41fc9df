"""What nobody must be able to do to another person, or to the server."""
