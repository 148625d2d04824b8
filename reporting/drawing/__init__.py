"""Drawings of a brief: each module takes plain data and gives SVG with real text in the house font."""
