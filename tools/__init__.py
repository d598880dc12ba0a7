"""What is generated from the component's code and checked in: its schema, the reference of inputs and outputs, its resources."""
