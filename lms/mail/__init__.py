"""Mail: rooms queue a message with what caused it, and a worker sends it afterwards."""
