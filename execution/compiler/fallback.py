"""The exception by which compiled execution hands an operation over to graphql-core."""


class FallbackRequired(Exception):
    """Signal that graphql-core has to run the operation: compilation, or the unfinished run, is dropped."""
