"""What the demo loads: facts, invented campaigns and our own words, the same on every machine."""
