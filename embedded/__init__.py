"""The whole product in one command: broker, web, worker and schedule, started and kept alive together."""
