"""From a study to a decision: criteria that have to hold, a Pareto front, the choice, and why not the others."""
