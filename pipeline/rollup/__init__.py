"""Plans and runs the catalogue's SQL on a schedule."""
