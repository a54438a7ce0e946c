"""OAuth 2.0 for mail servers: who gives access tokens, how they are asked for, and consent in the browser."""
