"""The Faust side: batch transport, group commit, one short agent per topic."""
