"""Peers prove who they are."""
