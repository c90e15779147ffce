"""Strangers by the thousand against a real server, and people whom they must not disturb."""
