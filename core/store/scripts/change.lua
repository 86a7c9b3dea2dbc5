-- The message behind A.turn was edited (ARGV[3], sealed) or deleted (''), or has A.less in it: then what was made of it
-- goes, unless its answer has not begun. Answers 1 when that made a difference.
local sealed = ARGV[3]
-- It may be one of ours, in the place of its question or in the thread below: then its whole exchange is not wanted.
local is_ours, asked = false, A.turn
for _, of in ipairs(sealed == '' and {A.place, A.channel} or {}) do
  local exchange = call('HGET', P .. 'e:' .. of, A.shown)
  if exchange then A.turn, is_ours = exchange, true end
end
-- What others heard of it goes with it.
even_when_full()
for _, message in ipairs(sealed == '' and {asked, asked ~= A.turn and A.turn or nil} or {}) do
  unhear(A.place, message)
  if A.channel ~= A.place then unhear(A.channel, message) end
  unhear(A.below, message)
end
local t = P .. 't:' .. A.turn
local st, line, place, a, pool = unpack(call('HMGET', t, 'st', 'line', 'place', 'a', 'pf'))
-- Whatever became of it, an answer to somebody else that has its words may be under way.
if sealed == '' and st and not A.less then call('HSET', t, 'gone', 1) end

-- Its answer is stopped, and not remembered.
local function end_it(turn)
  call('HSET', P .. 't:' .. turn, 'stop', 1, 'gone', A.less and 'less' or 1)
  call('PUBLISH', P .. 'stop', turn)
end

local waits = st == 'q' and tonumber(a) == 0

if waits and (A.less or sealed ~= '') then
  if sealed ~= '' then call('HSET', P .. 'x:' .. A.turn, 'm', sealed) end
  return 1
end
if sealed ~= '' and not A.less then return 0 end
-- It may still come, a second time or late; or it may be of an answer that is not noted as done yet.
if not st and not is_ours and not A.less then
  call('HSET', P .. 't:' .. A.shown, 'st', 'x')
  call('PEXPIRE', P .. 't:' .. A.shown, A.passing_ms)
end
-- What is on the screen already needs an end; then it is claimed, and found to be stopped.
if waits and call('HEXISTS', P .. 'x:' .. A.turn, 's') == 0 then
  give_way(A.turn)
  call('ZREM', P .. 'later:' .. pool, A.turn)
  call('ZREM', P .. 'q:' .. line, A.turn)
  call('HSET', t, 'st', 'x')
  forget(A.turn, A.tombstone_ms)
  if call('ZCARD', P .. 'q:' .. line) == 0 then call('ZREM', P .. 'ready:' .. pool, line) end
  return 1
end
if st == 'q' then
  end_it(A.turn)
  unsay(place, A.turn)  -- its answer may be written, and only not painted yet
  return 1
end
if st == 'd' then
  call('HSET', t, 'gone', 1)
  forget(A.turn, A.tombstone_ms)
  for _, turn in ipairs(call('ZRANGE', P .. 'q:' .. line, 0, -1)) do
    if call('HGET', P .. 't:' .. turn, 'of') == A.turn then end_it(turn) end
  end
end
-- Also when the record is gone: the place of the event is the place of the exchange. The memory of the thread below knows
-- of it, too.
for _, of in ipairs({place or A.place, A.place, A.channel, A.below}) do unask(of, {[A.turn] = true}) end
return 1
