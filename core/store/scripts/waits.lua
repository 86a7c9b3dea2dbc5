-- Whether A.turn is to be answered and nobody has begun: who gave it back may have left half an answer on the screen.
local t = call('HMGET', P .. 't:' .. A.turn, 'st', 'a', 'begun')
return t[1] == 'q' and tonumber(t[2]) == 0 and not t[3] and 1 or 0
