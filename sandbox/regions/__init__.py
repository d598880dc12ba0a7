"""A cluster over several Regions on one machine: a stack for each Region, and a link between their networks."""
