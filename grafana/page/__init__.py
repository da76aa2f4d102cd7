"""A board as one HTML page, drawn here: the same panel definitions that Grafana reads.

`frame` is what a query gave, `field` how it is shown, `units` how a number is written; each kind
of panel makes HTML, and a chart's options, of both (`kinds`); `document` puts the page together.
Pure: who runs the queries is `pipeline.operations.board_queries`.
"""
