"""Evidence for `initscope.plan`: architectures, chains, training; run by scripts/planning_evidence."""
