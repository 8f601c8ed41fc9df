"""HTTP, WebSocket and server-sent events, as clients use and misuse them."""
