"""Readers turn one delivered file into text rows; they import nothing of ours but errors."""
