"""The part of Kubernetes' API that deploy/k8s uses; all else is an error."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, model_validator

from tests.deploy.compose_rules import DEPLOY, Strict, Words

FOLDER = DEPLOY / "k8s"
Positive = Annotated[int, Field(ge=1)]
Size = Annotated[str, Field(pattern=r"^[1-9]\d*(m|Mi|Gi)$")]
Labels = Annotated[dict[str, str], Field(min_length=1)]


class Named(Strict):
    name: str


class HttpGet(Strict):
    path: str
    port: str


class Exec(Strict):
    command: Words


class Probe(Strict):
    httpGet: HttpGet | None = None
    exec: Exec | None = None
    periodSeconds: Positive
    timeoutSeconds: Positive
    failureThreshold: Positive

    @model_validator(mode="after")
    def _asks_one_thing(self) -> Probe:
        assert (self.httpGet is None) is not (self.exec is None)
        return self


class FieldRef(Strict):
    fieldPath: Literal["metadata.name"]


class ValueFrom(Strict):
    fieldRef: FieldRef


class Variable(Strict):
    name: str
    value: str | None = None
    valueFrom: ValueFrom | None = None

    @model_validator(mode="after")
    def _has_one_value(self) -> Variable:
        assert (self.value is None) is not (self.valueFrom is None)
        return self


class EnvFrom(Strict):
    configMapRef: Named


class Port(Strict):
    name: str
    containerPort: int


class Resources(Strict):
    requests: dict[Literal["cpu", "memory"], Size]
    limits: dict[Literal["memory"], Size]


class ContainerSecurity(Strict):
    allowPrivilegeEscalation: Literal[False]
    readOnlyRootFilesystem: Literal[True]
    capabilities: dict[Literal["drop"], list[Literal["ALL"]]]


class Mount(Strict):
    name: str
    mountPath: str
    readOnly: bool = False


class Container(Strict):
    name: str
    image: str
    command: Words | None = None
    args: Words | None = None
    envFrom: list[EnvFrom]
    env: list[Variable] = Field(default_factory=list)
    ports: list[Port] = Field(default_factory=list)
    startupProbe: Probe | None = None
    livenessProbe: Probe | None = None
    readinessProbe: Probe | None = None
    resources: Resources
    securityContext: ContainerSecurity
    volumeMounts: list[Mount]


class PodSecurity(Strict):
    runAsNonRoot: Literal[True]
    runAsUser: int
    runAsGroup: int
    fsGroup: int
    seccompProfile: dict[Literal["type"], Literal["RuntimeDefault"]]


class SecretFiles(Strict):
    secretName: str
    defaultMode: Literal[0o440]


class Volume(Strict):
    name: str
    secret: SecretFiles | None = None
    emptyDir: dict[str, str] | None = None


class Pod(Strict):
    restartPolicy: Literal["OnFailure"] | None = None
    terminationGracePeriodSeconds: Positive | None = None
    automountServiceAccountToken: Literal[False]
    enableServiceLinks: Literal[False]
    securityContext: PodSecurity
    containers: Annotated[list[Container], Field(min_length=1, max_length=1)]
    volumes: list[Volume]


class PodMeta(Strict):
    labels: Labels


class Template(Strict):
    metadata: PodMeta
    spec: Pod


class Selector(Strict):
    matchLabels: Labels


class JobSpec(Strict):
    backoffLimit: Positive
    template: Template


class StatefulSetSpec(Strict):
    replicas: Positive
    serviceName: str
    podManagementPolicy: Literal["Parallel"]
    selector: Selector
    template: Template


class DeploymentSpec(Strict):
    replicas: Literal[1]
    strategy: dict[Literal["type"], Literal["Recreate"]]
    selector: Selector
    template: Template


class ServicePort(Strict):
    name: str
    port: int
    targetPort: str


class ServiceSpec(Strict):
    clusterIP: Literal["None"]
    publishNotReadyAddresses: Literal[True]
    selector: Labels
    ports: list[ServicePort]


class BudgetSpec(Strict):
    maxUnavailable: Literal[1]
    selector: Selector


class Thing(Strict):
    apiVersion: str
    kind: str
    metadata: Named
    data: dict[str, str] | None = None
    spec: JobSpec | StatefulSetSpec | DeploymentSpec | ServiceSpec | BudgetSpec | None = None


KINDS: dict[tuple[str, str], type[Any]] = {
    ("v1", "ConfigMap"): type(None),
    ("batch/v1", "Job"): JobSpec,
    ("apps/v1", "StatefulSet"): StatefulSetSpec,
    ("apps/v1", "Deployment"): DeploymentSpec,
    ("v1", "Service"): ServiceSpec,
    ("policy/v1", "PodDisruptionBudget"): BudgetSpec,
}


def things() -> dict[tuple[str, str], Thing]:
    """Everything that `kubectl apply -k deploy/k8s` makes, by kind and name."""
    kustomization = yaml.safe_load((FOLDER / "kustomization.yaml").read_text(encoding="utf-8"))
    assert set(kustomization) == {"apiVersion", "kind", "namespace", "resources"}
    named = set(kustomization["resources"])
    assert named == {path.name for path in FOLDER.iterdir()} - {"kustomization.yaml"}
    found = {}
    for name in kustomization["resources"]:
        for document in yaml.safe_load_all((FOLDER / name).read_text(encoding="utf-8")):
            thing = Thing.model_validate(document)
            assert isinstance(thing.spec, KINDS[thing.apiVersion, thing.kind])
            found[thing.kind, thing.metadata.name] = thing
    return found
