-- A turn that nobody here can read leaves its line to whoever is next, and comes back in A.delay_ms for as long as a record
-- lives; then it goes, as one goes that is to be erased. The thread below it does not wait for it any more. Answers 1.
if not mine(A.line, A.turn, A.fence) then return 1 end
even_when_full()
save_clock()
local l, t, q, later = P .. 'l:' .. A.line, P .. 't:' .. A.turn, P .. 'q:' .. A.line, P .. 'later:' .. A.pool
local at, erased = unpack(call('HMGET', t, 'at', 'erased'))
call('ZREM', q, A.turn)
call('HDEL', l, 'cur')
call('HSET', l, 'held', 0)
if erased or now - tonumber(at or 0) > A.record_ms then
  bury(A.turn)
else
  call('HSET', t, 'unread', 1, 'a', 0, 'begun', 1) -- nobody has begun: who erases it waits for nothing
  call('ZADD', later, now + A.delay_ms, A.turn)
  call('PEXPIRE', later, A.record_ms)
  has_work(A.pool)
end
if call('ZCARD', q) > 0 then
  call('ZADD', P .. 'ready:' .. A.pool, now, A.line)
else
  call('ZREM', P .. 'ready:' .. A.pool, A.line)
end
wake()
return 1
