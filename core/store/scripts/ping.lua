-- The server's time in ms, noted down: a server that is full, or a replica, says so.
save_clock()
return now
