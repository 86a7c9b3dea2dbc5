-- What is said in A.place is for others, until we are called there again.
leave(A.place)
live(P .. 'p:' .. A.place, A.place_ms)
return 1
