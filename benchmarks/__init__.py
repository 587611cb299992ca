"""Each module without a leading underscore starts its own servers and prints one table.

`waddlebot bench [NAME]`, `make bench ARGS=NAME` or `python -m benchmarks NAME [options]`.
"""
