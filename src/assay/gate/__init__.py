"""Gate: judge a candidate by checks and write a verdict; moves no alias. Imports tracking, deploy and below."""
