"""KPI snapshots for leaders: one frozen brief, written as PDF, PNG and HTML in Chinese and English."""
