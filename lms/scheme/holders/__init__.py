"""Who held the mark before there were requests here: brought in from the scheme's own list, with dates and words."""
