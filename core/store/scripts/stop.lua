-- Stop A.turn, or what runs (else waits first) in A.line when it is ''. With A.ahead: all that is answered before A.turn, in its
-- line and at its thread's root. Answers whether there was one that may be stopped.
local stopped = 0
local function stop(turn)
  local t = P .. 't:' .. turn
  local st, author = unpack(call('HMGET', t, 'st', 'author'))
  if st ~= 'q' or not (A.admin or author == A.author) then return end
  even_when_full()
  call('HSET', t, 'stop', 1)
  call('PUBLISH', P .. 'stop', turn)
  stopped = 1
end

if A.ahead then
  local line, root = unpack(call('HMGET', P .. 't:' .. A.turn, 'line', 'rt'))
  local order = line and call('ZSCORE', P .. 'q:' .. line, A.turn)
  if not order then return 0 end
  for _, turn in ipairs(call('ZRANGEBYSCORE', P .. 'q:' .. line, '-inf', '(' .. order)) do stop(turn) end
  if root ~= '' then stop(root) end
  return stopped
end
local turn = A.turn
if turn == '' then
  local q, cur = P .. 'q:' .. A.line, call('HGET', P .. 'l:' .. A.line, 'cur')
  turn = cur and call('ZSCORE', q, cur) and cur or call('ZRANGE', q, 0, 0)[1]
end
if turn then stop(turn) end
return stopped
