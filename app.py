"""Context -> settings -> stack -> cloud assembly; the only file that reads context."""

from __future__ import annotations

import sys
from pathlib import Path

from aws_cdk import App

from cis_insights import QueryError, load_catalogue
from cis_insights.catalogue import built_in
from stacks.names import name_stack
from stacks.settings import SettingsError, read_query_folders, read_settings
from stacks.stack import CisStack


def main() -> None:
    """Synthesizes, or says everything that is wrong and synthesizes nothing."""
    app = App()
    context = app.node.get_all_context()
    try:
        catalogue = load_catalogue(built_in(), *map(Path, read_query_folders(context)))
        settings = read_settings(context, catalogue)
        CisStack(app, name_stack(settings), settings=settings, catalogue=catalogue)
    except (QueryError, SettingsError) as error:
        sys.exit(f"{error}\n\nnothing was synthesized")
    for warning in catalogue.warnings:
        print(f"{warning}\n", file=sys.stderr)
    app.synth()


if __name__ == "__main__":
    main()
