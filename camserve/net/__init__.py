"""Connections below the protocols: listening sockets, streams with deadlines, WebSockets."""
