"""What is paid for without need."""
