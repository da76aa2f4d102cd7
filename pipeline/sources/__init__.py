"""Where events come from: importers and the simulator."""
