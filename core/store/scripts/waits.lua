-- Whether A.turn is to be answered and was never claimed.
local t = call('HMGET', P .. 't:' .. A.turn, 'st', 'a')
return t[1] == 'q' and tonumber(t[2]) == 0 and 1 or 0
