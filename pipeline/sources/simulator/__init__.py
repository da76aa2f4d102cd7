"""A made-up community that behaves like one: seeded, labelled in every event's source."""
