"""What `make bench` measures and how: the same calls, over the same HTTP, to this engine and to the stock one."""
