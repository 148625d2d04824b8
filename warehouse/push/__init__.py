"""Push a release into PostgreSQL, for BI tools that want a server: staged, reconciled, swapped in one transaction."""
