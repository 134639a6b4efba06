"""What a participant says to hold, against what the registry says it holds."""
