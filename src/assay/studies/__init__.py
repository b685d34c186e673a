"""Many runs that make one answer: studies, comparisons, decisions. May import run and below."""
