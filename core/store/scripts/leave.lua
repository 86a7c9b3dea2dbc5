-- What is said in A.place is for others, until we are called there again.
local p = P .. 'p:' .. A.place
call('HSET', p, 'joined', 0)
return call('PEXPIRE', p, A.place_ms)
