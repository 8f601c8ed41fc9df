"""Who is asking: viewers, tokens, API keys, the host site's sign-in, networks and rate limits."""
