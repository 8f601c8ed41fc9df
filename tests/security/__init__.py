"""Attacks on other people and on the server, through the real stack."""
