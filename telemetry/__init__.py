"""Metrics for the operator's monitoring."""
