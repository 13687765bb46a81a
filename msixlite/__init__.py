"""msixlite: a migrant student records exchange. See README.md for the map of the code."""

__version__ = "0.1.0"
