-- Whether an event that leaves no turn behind is seen for the first time: 1, else 0; and 2 when it is, but its person was
-- told of A.what, if there is that, not long ago.
local t = P .. 't:' .. A.turn
local known = call('HMGET', t, 'st', 'tok', 'said')
if known[1] then return known[2] == A.token and tonumber(known[3]) or 0 end
if not A.what then even_when_full() end -- a command may be what makes room
local said = A.what and told_before(A.what, A.quiet_ms) and 2 or 1
call('HSET', t, 'st', A.what and 'shut' or 'did', 'tok', A.token, 'said', said)
call('PEXPIRE', t, A.what and A.tombstone_ms or A.passing_ms) -- a question may be looked up for as long as a day
return said
