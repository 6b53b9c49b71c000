"""The check: what a server would refuse, and what a reviewer would ask, told before the upload.

    tree         the files, of a folder or a zip          \
    source       a Python file, parsed and walked once     > case > rules by theme > findings
    description  submission.yaml, metadata                /

Themes: `layout`, `description`, `metadata`, `code_*`, `content`; `running` for what a trial shows.
Nothing of the submission is imported, unpickled or run.
"""

from . import (  # noqa: F401 - importing a theme registers its rules
    code_data,
    code_devices,
    code_files,
    code_imports,
    code_loading,
    code_network,
    code_processes,
    code_randomness,
    code_time,
    code_transforms,
    content,
    description,
    ignores,
    layout,
    metadata,
    running,
)
from .check import as_finding, check
from .rule import RULES, Found, Rule, Rules

__all__ = ["RULES", "Found", "Rule", "Rules", "as_finding", "check"]
