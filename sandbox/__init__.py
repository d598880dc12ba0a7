"""The program on one machine: its resources in moto, its tasks in Docker."""
