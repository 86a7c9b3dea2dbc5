-- Whether an event that leaves no turn behind is seen for the first time: 1, else 0.
local t = P .. 't:' .. A.turn
local known = call('HMGET', t, 'st', 'tok')
if known[1] then return known[2] == A.token and 1 or 0 end
call('HSET', t, 'st', 'told', 'tok', A.token, 'said', 'seen 0 0 0 0')
call('PEXPIRE', t, A.told_ms)
return 1
