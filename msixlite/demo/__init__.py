"""The demo: made-up places, people and children of four States."""
