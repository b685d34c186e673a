"""From predictions to evidence: metrics, intervals, reliability; numpy and scipy only, no model and no torch."""
