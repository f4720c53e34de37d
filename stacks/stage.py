"""The stack as a stage: of an app that deploys to several environments, or of a pipeline."""

from __future__ import annotations

from typing import Any

from aws_cdk import Environment, PermissionsBoundary, Stage
from constructs import Construct

from cis_insights import Catalogue

from .names import name_stack
from .settings import Settings
from .stack import CisStack


class CisStage(Stage):
    """What the app deploys, in one environment, under the same names: either can take over from the other.

    https://docs.aws.amazon.com/cdk/v2/guide/cdk-pipeline.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: Settings,
        catalogue: Catalogue | None = None,
        env: Environment | None = None,
        permissions_boundary: PermissionsBoundary | None = None,
        **stack_props: Any,
    ) -> None:
        """
        Args:
            settings: see `Settings`.
            catalogue: the controls; the built-in ones unless given.
            env: account and Region; those of the credentials at deploy time unless given.
            permissions_boundary: of every role that is made here.
            stack_props: what else a `Stack` takes, such as `synthesizer`, `tags`, `stack_name`.
        """
        super().__init__(scope, id, env=env, permissions_boundary=permissions_boundary)
        props = {"stack_name": name_stack(settings), **stack_props}
        self.stack = CisStack(self, "CisInsights", settings=settings, catalogue=catalogue, **props)
        self.monitoring = self.stack.monitoring
