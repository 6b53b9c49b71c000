"""What a submission computes, as a digest that its comments and docstrings do not change.

A baseline's docstring says what was measured of it: by its submission's own digest, writing that
down would ask for another measurement.
"""

from __future__ import annotations

import ast

from evaluator.records import digest
from submission_kit.submission import FILE_NAME, Submission


def code_digest(submission: Submission) -> str:
    """Identify entry, params and code."""
    code = {
        name: _code(path.read_text(encoding="utf-8")) if name.endswith(".py") else path.read_bytes()
        for name, path in submission.files.items()
        if name != FILE_NAME
    }
    return digest([submission.entry, submission.params, sorted(code.items())])


def _code(text: str) -> str:
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef):
            node.body = [part for part in node.body if not _is_text(part)]
    return ast.dump(tree)


def _is_text(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
