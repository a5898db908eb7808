"""Evidence for `initscope.plan`: architectures, chains, training."""
