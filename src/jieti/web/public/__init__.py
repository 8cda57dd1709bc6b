"""Pages that anybody may read. They know the directory, the measures and the rulebook, nothing else."""
