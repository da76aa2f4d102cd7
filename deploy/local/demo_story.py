"""The demo's story, in order: pipeline up, history in, alerting up, the clock let go."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial

from deploy.local.delivery import Delivery, State
from deploy.local.demo_clock import RATE
from deploy.local.demo_grafana import show_boards
from deploy.local.demo_history import (
    history_steps,
    sent,
    simulation,
    wait_for_beat,
    wait_until_applied,
)
from deploy.local.demo_live import Lookout, watch
from deploy.local.demo_processes import PulseUp, Simulator, environment, run_pulse
from deploy.local.demo_shell import write_settings
from deploy.local.demo_stage import Stage
from deploy.local.kafka import Kafka
from deploy.local.process import Server
from deploy.local.prometheus import Alertmanager, Prometheus
from deploy.local.receiver import Receiver
from deploy.local.screen import Setting
from deploy.local.stack import ROOT
from deploy.local.verdict import Expected, Outcome, Verdict, judge
from pipeline.alerting.routes import routes_file
from pipeline.alerting.rules import prometheus_config, rule_file
from pipeline.alerting.site import Site
from pipeline.alerting.timing import compressed
from pipeline.catalog.catalogue import MILESTONES
from pipeline.errors import PulseError
from pipeline.sources.irc_channel import IrcOptions
from pipeline.sources.simulator.journal import read_journal

JOURNAL = "simulator.json"
"""Where in PULSE_STATE_DIR the simulator says what it has planned."""
DAILY_ACTIVE = next(metric for metric in MILESTONES if metric.id == "C06")


def tell(stage: Stage, running: ExitStack, *, once: bool) -> int:
    """Tell it all, until interrupted or, with `once`, until the verdict; the exit code.

    What it starts is left on `running`, to be stopped the other way round.
    """
    stage.say("Starting Kafka and `pulse up`")
    folder, programs = stage.folder.root, stage.programs
    kafka = running.enter_context(Kafka(folder / "kafka", programs))
    settings = environment(stage.settings(kafka.address))
    up = running.enter_context(PulseUp(folder / "up", programs, settings))

    write_history(stage, settings)
    stage.say(wait_until_applied(up, stage.console))

    stage.say("Starting the live simulation, Alertmanager and Prometheus")
    receiver = running.enter_context(
        Receiver(stage.folder.deliveries, lambda: stage.clock.now_ms, partial(_hear, stage))
    )
    arguments = ("--scenario", "drop", *simulation(stage.state.seed))
    simulator = Simulator(folder / "simulator", programs, settings, arguments=arguments)
    running.enter_context(simulator)
    wait_for_beat(simulator, up)
    alertmanager, prometheus = start_alerting(stage, running, up, receiver)

    asked = {
        "PULSE_PROMETHEUS_URL": prometheus.url,
        "PULSE_ALERTMANAGER_URL": alertmanager.url,
    }
    places = {
        "another terminal": write_settings(stage.folder, {**up.environment, **asked}),
        "Prometheus": prometheus.url,
        "Alertmanager": alertmanager.url,
        "metrics": up.url,
        "SQL": up.sql_url,
        **show_boards(stage, running, prometheus.url, up.sql_url),
        "Kafka": kafka.address,
        "receiver": receiver.url,
        "logs": f"{folder}/*/*.log",
    }
    servers: tuple[Server, ...] = (kafka, up, simulator, alertmanager, prometheus)
    lookout = Lookout(set_scene(stage, places), stage.clock, up, prometheus, receiver)
    running.callback(stage.clock.stop)
    stage.clock.run()
    stage.say(f"The clock runs, a day in five minutes (x{RATE:g})")
    return show(lookout, servers, stage, once=once)


def show(lookout: Lookout, servers: Sequence[Server], stage: Stage, *, once: bool) -> int:
    """Show the screen until interrupted or, with `once`, until the verdict; the exit code."""
    began = time.monotonic()
    setting = lookout.setting
    expected = Expected(DAILY_ACTIVE.alert, setting.silent, setting.incident.end_ms)

    def verdict() -> Verdict:
        return judge(lookout.receiver.received, expected, waited_s=time.monotonic() - began)

    last = watch(lookout, servers, stage.console, verdict if once else None)
    reason = last.reason.removesuffix(".")
    stage.say(f"{last.outcome.upper()} after {time.monotonic() - began:.0f} s: {reason}.")
    return 0 if last.outcome is Outcome.PASSED else 1


def write_history(stage: Stage, settings: dict[str, str]) -> None:
    """Run what has not been run to its end; a step run twice changes nothing."""
    for step in history_steps(stage.state.seed):
        if step.name in stage.state.done:
            continue
        began = time.monotonic()
        said = run_pulse(step.arguments, settings)
        stage.finish(step.name, said)
        stage.say(f"{step.title}: {step.tell(said, time.monotonic() - began)}")


def start_alerting(
    stage: Stage, running: ExitStack, up: PulseUp, receiver: Receiver
) -> tuple[Alertmanager, Prometheus]:
    """Both, on the catalogue's rules and routes by the demo's time scale."""
    folder, programs, timing = stage.folder.root, stage.programs, compressed(int(RATE))
    site = Site(
        runbook=str(ROOT / "deploy" / "runbook.md"),
        page_url=f"{receiver.url}/page",
        notice_url=f"{receiver.url}/notice",
        watchdog_url=f"{receiver.url}/watchdog",
    )
    alertmanager = running.enter_context(
        Alertmanager(folder / "alertmanager", programs, config=routes_file(timing, site))
    )
    site = replace(site, targets=(up.address,), alertmanagers=(alertmanager.address,))
    prometheus = Prometheus(
        folder / "prometheus",
        programs,
        config=prometheus_config(timing, site),
        rules={site.rule_file: rule_file(timing=timing, site=site)},
    )
    return alertmanager, running.enter_context(prometheus)


def _hear(stage: Stage, delivery: Delivery) -> None:
    style = "bold red" if delivery.state is State.FIRING else "bold green"
    told = f"{stage.clock.shows(stage.state.zone)} received {delivery}"
    stage.console.print(told, style=style, markup=False, soft_wrap=True)


def set_scene(stage: Stage, places: Mapping[str, str]) -> Setting:
    """What the screen says all the time; PulseError when the simulator plans no incident."""
    path = stage.folder.pulse_state / JOURNAL
    journal = read_journal(path)
    if journal is None or not journal.scenario.drops:
        raise PulseError("The simulator has planned no incident", where=str(path))
    incident, imported = journal.scenario.drops[0], stage.state.done["irc"]
    return Setting(
        stage.state.zone,
        incident,
        tuple(journal.plan.group_id(group) for group in incident.groups),
        history={
            IrcOptions.group_id: f"{sent(imported)}; its orders are mapped onto members, MADE UP"
        },
        bad_lines=imported["rejected"],
        places=places,
    )
