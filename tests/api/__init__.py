"""The GraphQL API: one file per noun, through the real stack."""
