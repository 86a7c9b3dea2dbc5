-- What is said in A.place, a thread, is for others until we are called there again. Answers 0, and nothing changes, while
-- somebody is being answered in its line, or at its root.
local root = call('HGET', P .. 'p:' .. A.place, 'grown') or A.root
if call('ZCARD', P .. 'q:' .. A.line) > 0 or call('HGET', P .. 't:' .. root, 'st') == 'q' then return 0 end
leave(A.place)
live(P .. 'p:' .. A.place, A.place_ms)
return 1
