"""May it be published? Suites as files, Great Expectations as the engine, the gate, the quality page."""
