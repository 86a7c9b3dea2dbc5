-- Stop A.turn, or when it is '' what runs (else waits first) in A.line; where that is somebody else's, all of theirs that
-- waits there or is held back from it. With A.ahead: all that is answered before A.turn, in its line and at its thread's
-- root. Answers whether there was one that may be stopped.
local stopped = 0
local function stop(turn)
  local t = P .. 't:' .. turn
  local st, author, pool, line = unpack(call('HMGET', t, 'st', 'author', 'pf', 'line'))
  -- A button may have made another turn of it, which is answered now.
  for _, anew in ipairs(st == 'd' and line and call('ZRANGE', P .. 'q:' .. line, 0, -1) or {}) do
    if call('HGET', P .. 't:' .. anew, 'of') == turn then stop(anew) end
  end
  if st ~= 'q' or not (A.admin or author == A.author) then return end
  even_when_full()
  call('HSET', t, 'stop', 1)
  call('PUBLISH', P .. 'stop', turn)
  -- What is held back is let in to be ended now. Our own process is woken, too.
  give_way(turn)
  if call('ZADD', P .. 'later:' .. pool, 'XX', 'CH', now, turn) == 1 then call('PUBLISH', P .. 'wake', '') end
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
-- What of theirs waits behind somebody else's.
if stopped == 0 and A.turn == '' then
  for _, waits in ipairs(call('ZRANGE', P .. 'q:' .. A.line, 0, -1)) do stop(waits) end
end
-- What is held back until its person's limit has room has been promised an answer, too.
if stopped == 0 and A.turn == '' and call('EXISTS', P .. 'held:' .. A.author) == 1 then
  for _, pool in ipairs(call('SMEMBERS', P .. 'platforms')) do
    for _, held in ipairs(call('ZRANGE', P .. 'later:' .. pool, 0, -1)) do
      if call('HGET', P .. 't:' .. held, 'line') == A.line and call('HGET', P .. 't:' .. held, 'author') == A.author then
        stop(held)
      end
    end
  end
end
return stopped
