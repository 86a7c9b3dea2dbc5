-- Given back unfinished: the attempt does not count, but who has it next must look for what this one may have posted.
-- Answers 1; 0 when the lease is not held, or the record of the turn is gone.
local l = call('HMGET', P .. 'l:' .. A.line, 'fence', 'cur', 'held')
if l[1] ~= A.fence or l[2] ~= A.turn or call('EXISTS', P .. 't:' .. A.turn) == 0 then return 0 end
if l[3] ~= '1' then return 1 end
even_when_full()
save_clock()
call('HSET', P .. 'l:' .. A.line, 'held', 0)
if call('HINCRBY', P .. 't:' .. A.turn, 'a', -1) == 0 then call('HSET', P .. 't:' .. A.turn, 'begun', 1) end
call('ZADD', P .. 'ready:' .. A.pool, now + A.delay_ms, A.line)
if A.delay_ms == 0 then wake() end
return 1
