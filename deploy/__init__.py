"""What a server needs beside the programs: units and locks, and here what tells of the packages that are installed."""
