"""Community-pulse: the pure core, the catalogue, and the commands around them."""

__version__ = "0.1.0"
