"""The evaluator's verbs of the `subkit` command."""
