"""What a detector costs: time by stages, throughput, memory, parameters and operations, on each engine."""
