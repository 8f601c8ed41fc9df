"""The exception by which compiled execution hands an operation over to graphql-core."""


class FallbackRequired(Exception):
    """Only graphql-core can answer: drop the compiled function, or the result of a run that is half done."""
