-- A message at the door. ARGV[3] is the message, ARGV[4...] the sightings of A.seen, all sealed.
-- Answers "outcome ahead full window wait".
local t, x = P .. 't:' .. A.turn, P .. 'x:' .. A.turn
local known = call('HMGET', t, 'st', 'tok', 'said')
if known[1] then
  return known[2] == A.token and known[3] or 'seen 0 0 0 0'
end
if not A.direct and call('HEXISTS', P .. 'p:' .. A.place, 'joined') == 0 then
  return 'passed 0 0 0 0'
end

save_clock()
local s, v = P .. 's:' .. A.platform, P .. 'v:' .. A.platform
for i, seen in ipairs(A.seen) do
  if seen[2] >= tonumber(call('ZSCORE', s, seen[1]) or 0) then
    call('ZADD', s, seen[2], seen[1])
    call('HSET', v, seen[1], ARGV[3 + i])
  end
end
local old = call('ZRANGEBYSCORE', s, '-inf', A.order - A.seen_ms * 1000, 'LIMIT', 0, 100)
local surplus = call('ZCARD', s) - A.most_seen
for _, place in ipairs(surplus > 0 and call('ZRANGE', s, 0, surplus - 1) or old) do
  call('ZREM', s, place)
  call('HDEL', v, place)
end
call('PEXPIRE', s, A.seen_ms)
call('PEXPIRE', v, A.seen_ms)

local wait, which = over(A.logs)
local full = which == 0 and call('ZCARD', P .. 'q:' .. A.line) >= A.most_queued
if which > 0 or full then
  local said = string.format('told 0 %d %d %.0f', full and 1 or 0, which, wait)
  call('HSET', t, 'st', 'told', 'tok', A.token, 'said', said)
  call('PEXPIRE', t, A.told_ms)
  return said
end

charge(A.logs, A.turn)
local ahead = enqueue(A.platform, A.line, A.turn, A.order)
if A.rt ~= '' and call('HGET', P .. 't:' .. A.rt, 'st') == 'q' then ahead = ahead + 1 end
local said = string.format('accepted %d 0 0 0', ahead)
call('HSET', t, 'st', 'q', 'tok', A.token, 'said', said, 'pf', A.platform, 'line', A.line, 'place', A.place,
  'root', A.root, 'rt', A.rt, 'fl', A.fl, 'author', A.author, 'order', A.order, 'a', 0)
call('HSET', x, 'm', ARGV[3])
call('PEXPIRE', t, A.record_ms)
call('PEXPIRE', x, A.record_ms)
call('HSET', P .. 'p:' .. A.joins, 'joined', 1)
call('PEXPIRE', P .. 'p:' .. A.joins, A.place_ms)
wake()
return said
