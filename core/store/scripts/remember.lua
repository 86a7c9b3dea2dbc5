-- Whether A.token may make the memory of A.place, or go on making it, to stand for A.replaces: nobody else does, and these are
-- its history's beginning. With A.failed it did not come to one, and nobody may for a while.
local g = P .. 'g:' .. A.place
local maker = call('GET', g)
if maker and maker ~= A.token then return 0 end
if not maker and (A.history_ms == 0 or not begins_with(A.place, A.replaces, A.root, A.rt)) then return 0 end
call('SET', g, A.token, 'PX', A.failed and A.failed_ms or A.making_ms)
return 1
