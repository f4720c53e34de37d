"""Options that several verbs take, declared once: the same words and the same help everywhere."""

from __future__ import annotations

from pathlib import Path

import click

context_option = click.option(
    "-c", "--context", multiple=True, metavar="KEY=VALUE", help="A setting, as the app reads it."
)
control_option = click.option(
    "--control", "only", multiple=True, metavar="ID", help="Only these: id, CIS section, CloudWatch.N."
)
own_queries_option = click.option(
    "--queries",
    "folders",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Folders of own controls.",
)
profile_option = click.option("--profile", metavar="NAME", help="Of the credentials; else the usual ones.")
