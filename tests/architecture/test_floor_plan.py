"""The floor plan is kept, and names every module."""

from importlinter.application.use_cases import SUCCESS, lint_imports
from importlinter.cli import lint_imports as _configured  # noqa: F401  (importing it registers the readers)

from vms.settings.env import BASE_DIR


def test_every_contract_of_the_floor_plan_is_kept() -> None:
    assert lint_imports(config_filename=str(BASE_DIR / ".importlinter"), is_debug_mode=False) == SUCCESS
