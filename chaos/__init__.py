"""The chaos suite: real daemons under faults drawn from a seed, and a checker over what was answered."""
