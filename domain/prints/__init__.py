"""The label ledger: who printed what, when, and why again."""
