"""The `tamga` command: an HTTP client for everybody, and the server's own commands."""
