"""What the client of Grafana's API raises, as GrafanaError: what is wrong, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from grafana_api.grafana_api import GrafanaException
from requests.exceptions import ConnectionError as NoConnection
from requests.exceptions import JSONDecodeError, RequestException, SSLError, Timeout

from grafana.boards import FOLDER, FOLDER_UID
from pipeline.errors import GrafanaError

CHECK_ADDRESS = "Set PULSE_GRAFANA__URL to Grafana's address, with its sub-path if it has one."
MAKE_TOKEN = (
    "In Grafana, add a service account with the role Editor, and put a token of it into"  # noqa: S105
    " PULSE_GRAFANA__TOKEN."
)


class NotThere(GrafanaError):
    """Grafana, or what answers in its place, has nothing by that name (HTTP 404)."""


def stranger(address: str) -> GrafanaError:
    """Something answers, and it is not Grafana."""
    return GrafanaError("What answers there is not Grafana", where=address, remedy=CHECK_ADDRESS)


@contextmanager
def told(address: str, wish: str) -> Iterator[None]:
    """Raise GrafanaError for whatever the client raises; `wish`: what was asked, after "to"."""
    try:
        yield
    except GrafanaException as error:
        raise _refused(error, address, wish) from error
    except SSLError as error:
        raise GrafanaError(
            "Grafana's certificate is not trusted here",
            where=address,
            remedy="Name its authority in REQUESTS_CA_BUNDLE.",
        ) from error
    except Timeout as error:
        raise GrafanaError(
            "Grafana did not answer in time",
            where=address,
            remedy=CHECK_ADDRESS,
        ) from error
    except (JSONDecodeError, TypeError) as error:  # no JSON; the client trips over bare text
        raise stranger(address) from error
    except NoConnection as error:
        raise GrafanaError(
            "Nothing answers there; Grafana is down or elsewhere",
            where=address,
            remedy=CHECK_ADDRESS,
        ) from error
    except RequestException as error:
        raise GrafanaError(
            f"Grafana cannot be asked: {error}", where=address, remedy=CHECK_ADDRESS
        ) from error


def _refused(error: GrafanaException, address: str, wish: str) -> GrafanaError:
    code = error.status_code
    answer = error.response if isinstance(error.response, dict) else {}
    says = str(answer.get("message") or f"HTTP {code}").rstrip(".")
    if code == 404:
        return NotThere(f"Grafana has nothing there to {wish}", where=address)
    remedies = {
        401: ("Grafana does not accept the token", MAKE_TOKEN),
        403: (
            f"The token may not {wish}",
            "Give its service account the role Editor, or the permission to write"
            f" dashboards and folders of {FOLDER}.",
        ),
        409: (
            f"Grafana refuses to {wish}: {says}",
            f"Rename the other folder {FOLDER}, or give it the uid {FOLDER_UID}.",
        ),
        412: (
            f"Grafana refuses to {wish}: {says}",
            "Somebody saved it meanwhile, or another board has this title: look at it"
            " (`pulse dashboards diff`), rename it, and push again.",
        ),
    }
    what, remedy = remedies.get(
        code, (f"Grafana refuses to {wish}: {says} (HTTP {code})", "Its log says more.")
    )
    return GrafanaError(what, where=address, remedy=remedy)
