"""Community-pulse: the pure core, the catalogue, and the commands around them."""
