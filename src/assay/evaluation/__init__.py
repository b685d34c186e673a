"""From predictions to evidence: metrics, intervals, report. May import postprocess, pages and below."""
