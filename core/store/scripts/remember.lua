-- Whether A.token may make the memory of A.place, to stand for A.replaces: nobody else does, and these are its history's
-- beginning.
local g = P .. 'g:' .. A.place
local maker = call('GET', g)
if maker then return maker == A.token and 1 or 0 end
if A.history_ms == 0 or not begins_with(A.place, A.replaces, A.root, A.rt) then return 0 end
call('SET', g, A.token, 'PX', A.memory_ms)
return 1
