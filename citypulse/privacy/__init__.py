"""What the law asks of kept data: keys that rotate, retention, forgetting, and a certificate for all that went."""
