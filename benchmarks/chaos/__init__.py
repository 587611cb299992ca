"""What is lost, and what is done twice, when processes are killed at random."""
