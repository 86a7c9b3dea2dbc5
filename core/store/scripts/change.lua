-- The message behind A.turn was edited (ARGV[3], sealed) or deleted (''). Answers 1 when that made a difference.
local t, sealed = P .. 't:' .. A.turn, ARGV[3]
local st, line, place, a, platform = unpack(call('HMGET', t, 'st', 'line', 'place', 'a', 'pf'))
local waits = st == 'q' and tonumber(a) == 0

if sealed ~= '' then
  if not waits then return 0 end
  call('HSET', P .. 'x:' .. A.turn, 'm', sealed)
  return 1
end
if waits then
  call('ZREM', P .. 'q:' .. line, A.turn)
  call('HSET', t, 'st', 'x')
  forget(A.turn, A.tombstone_ms)
  if call('ZCARD', P .. 'q:' .. line) == 0 then call('ZREM', P .. 'ready:' .. platform, line) end
  return 1
end
if st == 'q' then
  call('HSET', t, 'stop', 1, 'gone', 1)
  call('PUBLISH', P .. 'stop', A.turn)
  return 1
end
if st == 'd' then
  local newest = call('HGET', P .. 'l:' .. line, 'newest')
  if newest and (newest == A.turn or call('HGET', P .. 't:' .. newest, 'of') == A.turn) then
    forget(newest, A.tombstone_ms)
  end
  forget(A.turn, A.tombstone_ms)
  local cur = call('HGET', P .. 'l:' .. line, 'cur')
  if cur and call('HGET', P .. 't:' .. cur, 'of') == A.turn then
    call('HSET', P .. 't:' .. cur, 'stop', 1, 'gone', 1)
    call('PUBLISH', P .. 'stop', cur)
  end
end
-- Also when the record is gone: the place of the event is the place of the exchange.
for _, of in ipairs({place or A.place, A.place}) do take_out(of, A.turn) end
return 1
