-- The server's time in ms.
return now
