"""Benchmarks of the real server over HTTP: run with `python -m benchmarks`."""
