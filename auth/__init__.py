"""Authentication: viewers, tokens, API keys, host sign-in, network hashes and rate limits."""
