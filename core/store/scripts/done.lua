-- The turn is over: off the queue, the line to whoever is next. Answers 1, or 2 when there may be work; as not_mine when
-- the lease is not held; 3 when Redis has forgotten what was A.committed: nothing is done then. A.leaves: follow-ups in its
-- place are not for us any more, until somebody names us there.
if not mine(A.line, A.turn, A.fence) then
  local fence, said = unpack(call('HMGET', P .. 't:' .. A.turn, 'ended', 'more'))
  return fence == A.fence and tonumber(said) or not_mine(A.line, A.turn, A.fence)
end
if A.committed and call('HEXISTS', P .. 'x:' .. A.turn, 'f') == 0 then return 3 end
even_when_full()
save_clock()
local l, t, q = P .. 'l:' .. A.line, P .. 't:' .. A.turn, P .. 'q:' .. A.line
local place, pool, below, answered, root, author, of, shown, erased, gone, unsaid =
  unpack(call('HMGET', t, 'place', 'pf', 'fl', 'answered', 'root', 'author', 'of', 'sh', 'erased', 'gone', 'unsaid'))
local ready = P .. 'ready:' .. pool
call('ZREM', q, A.turn)
call('HDEL', l, 'cur')
local newest = call('HGET', l, 'newest')
call('HSET', l, 'held', 0, 'newest', A.turn)
if newest and newest ~= A.turn then forget(newest, A.tombstone_ms) end
call('HSET', t, 'st', 'd', 'ended', A.fence)
call('HDEL', t, 'without')
call('PEXPIRE', t, A.record_ms)
-- With no history at all a whole answer goes at once; one that failed, was cut or stopped waits an hour for its buttons.
local kept = kept_ms(root ~= '' and root or place)
if kept > 0 then
  call('PEXPIRE', P .. 'x:' .. A.turn, math.min(A.record_ms, kept))
elseif answered then
  call('DEL', P .. 'x:' .. A.turn)
else
  call('PEXPIRE', P .. 'x:' .. A.turn, A.retry_ms)
end

local n, done = P .. 'n:' .. place, P .. 'done'
call('ZADD', n, now, A.line)
call('ZREMRANGEBYRANK', n, 0, -1 - A.most_lines)
call('PEXPIRE', n, A.record_ms)
call('ZADD', done, now, A.turn)
call('ZREMRANGEBYSCORE', done, '-inf', now - A.record_ms)
call('PEXPIRE', done, A.record_ms)
local surplus = call('ZCARD', done) - A.most_done
if surplus > 0 then
  local out = call('ZPOPMIN', done, surplus)
  for i = 1, #out, 2 do call('DEL', P .. 't:' .. out[i], P .. 'x:' .. out[i]) end
end

-- Whoever deletes one of these messages takes the exchange out of the history.
local exchange, e = of or A.turn, P .. 'e:' .. place
if gone or unsaid or deleted_early(shown) then -- by people: what we take away ourselves is on the screen no more
  unsay(place, exchange)
  forget(A.turn, A.tombstone_ms)
elseif call('ZSCORE', P .. 'o:' .. place, exchange) or call('ZSCORE', P .. 'm:' .. place, exchange) then
  for message in string.gmatch(shown or '', '%S+') do call('HSET', e, message, exchange) end
  live(e, A.history_ms)
  if call('HLEN', e) > A.most_shown then
    local all = call('HGETALL', e)
    for i = 1, #all, 2 do
      local of = string.match(all[i], '^below (.*)') or all[i + 1]
      if not call('ZSCORE', P .. 'o:' .. place, of) then call('HDEL', e, all[i]) end
    end
  end
end
belongs(A.turn, author, place)

if A.leaves and call('HEXISTS', P .. 'p:' .. place, 'joined') == 1 then leave(place) end

local more = call('ZCARD', q) > 0
if more then
  call('ZADD', ready, now, A.line)
else
  call('ZREM', ready, A.line)
end
-- What was asked in the thread below this answer has waited for it.
if below and below ~= '' and call('HDEL', P .. 'l:' .. below, 'waits') == 1 then
  call('ZADD', ready, 'XX', now, below)
  more = true
end
if more then wake() end
if erased then
  bury(A.turn)
  call('HSET', t, 'ended', A.fence)
end
call('HSET', t, 'more', more and 2 or 1)
return more and 2 or 1
