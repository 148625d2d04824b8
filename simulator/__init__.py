"""An invented Dalian that sends files in every feed's own form; nothing in it is real but codes, names and holidays."""
