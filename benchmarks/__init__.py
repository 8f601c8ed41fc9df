"""What the server costs, measured from outside: `python -m benchmarks`."""
