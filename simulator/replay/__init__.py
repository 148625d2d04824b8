"""The press conference of 21 April 2023, replayed: deliveries whose figures are those of the ledger."""
