"""Gate: judge a candidate by checks and write a verdict; moves no alias. May import deploy, studies and below."""
