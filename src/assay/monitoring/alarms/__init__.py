"""How often an alarm may be false: looks are counted, and the level of each is calibrated by replaying the profile."""
