"""Other people's clients, code generators and linters."""
