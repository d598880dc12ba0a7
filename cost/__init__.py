"""What a stack costs a month, from the resources that it registers and dated prices."""
