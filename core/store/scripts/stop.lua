-- Stop A.turn, or what runs (else waits first) in A.line when it is ''. Answers whether there was one that may be stopped.
local turn = A.turn
if turn == '' then
  local q, cur = P .. 'q:' .. A.line, call('HGET', P .. 'l:' .. A.line, 'cur')
  turn = cur and call('ZSCORE', q, cur) and cur or call('ZRANGE', q, 0, 0)[1]
  if not turn then return 0 end
end
local t = P .. 't:' .. turn
local st, author = unpack(call('HMGET', t, 'st', 'author'))
if st ~= 'q' or not (A.admin or author == A.author) then return 0 end
even_when_full()
call('HSET', t, 'stop', 1)
call('PUBLISH', P .. 'stop', turn)
return 1
