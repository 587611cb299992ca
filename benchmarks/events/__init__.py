"""Events over HTTP: what each door takes a second, beside what the same work costs bare."""
