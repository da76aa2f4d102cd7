"""Every operation by its name on the control socket."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.operations import (
    auditing,
    backtest,
    dimensions,
    incident_reading,
    incidents,
    rebuild,
    replay,
    retention,
    rolling,
)
from pipeline.operations.operation import Operation

OPERATIONS: Mapping[str, Operation] = {
    auditing.NAME: auditing.run,
    backtest.NAME: backtest.backtest,
    dimensions.NAME: dimensions.write,
    incident_reading.LIST: incident_reading.list_,
    incident_reading.SHOW: incident_reading.show,
    incidents.NAME: incidents.record,
    rebuild.NAME: rebuild.windows,
    replay.NAME: replay.replay,
    retention.NAME: retention.apply,
    rolling.NAME: rolling.once,
}
