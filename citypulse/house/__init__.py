"""House-keeping: what a running installation needs at night, each step a function that needs no Airflow."""
