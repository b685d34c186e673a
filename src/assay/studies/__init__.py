"""Many runs that make one answer: sweeps, studies, decisions."""
