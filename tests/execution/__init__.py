"""Compiled execution, held to graphql-core."""
