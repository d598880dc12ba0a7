"""The monthly cost of a stack, from the resources that it registers and dated prices."""
