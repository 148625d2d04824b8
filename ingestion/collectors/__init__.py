"""Collectors fetch what no one delivers, and leave it in the inbox as sealed segments; landing knows no difference."""
