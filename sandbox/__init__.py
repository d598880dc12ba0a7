"""The program on one machine: resources in moto, tasks in Docker."""
