"""Bytes in, typed rows out: contracts, inbox, readers, normalising, privacy, quarantine, landing."""
