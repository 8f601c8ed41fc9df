"""The demonstration campaigns."""
