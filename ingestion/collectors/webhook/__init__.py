"""The receiver of pushed deliveries: signed HTTP requests become sealed files of the inbox, acknowledged on disk."""
