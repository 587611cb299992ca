"""People met and points written: `waddlebot bench identity`."""
