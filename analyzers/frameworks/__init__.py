"""How MCP frameworks, identities, credentials and sinks are spelt: data, one module a subject."""
