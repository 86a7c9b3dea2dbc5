-- What is said in A.place is for others, until we are called there again.
return call('HDEL', P .. 'p:' .. A.place, 'joined')
