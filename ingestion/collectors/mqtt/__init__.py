"""The MQTT collector: from a broker's messages to sealed segments in the inbox, acknowledged once they are on disk."""
