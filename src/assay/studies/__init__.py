"""Many runs that make one answer: sweeps over a search space."""
