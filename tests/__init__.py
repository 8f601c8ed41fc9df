"""Promises, held: tests speak GraphQL over the real stack wherever they can."""
