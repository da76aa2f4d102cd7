"""The declarations, by family: what is measured of a community, each with its SQL beside it."""
