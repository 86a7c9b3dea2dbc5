-- The place forgets: its history, and the texts of the newest answers in it. A turn under way is not written any more.
local p, n = P .. 'p:' .. A.place, P .. 'n:' .. A.place
if call('HGET', p, 'tok') == A.token then return 1 end
even_when_full()
call('HINCRBY', p, 'epoch', 1)
call('HSET', p, 'tok', A.token)
forget_until(A.place, raw)
keep_known(A.place)
call('HDEL', p, 'memory')
for _, key in ipairs({'h:', 'o:', 'm:', 'a:', 'e:'}) do call('DEL', P .. key .. A.place) end
call('ZREM', P .. 'over', A.place)
for _, line in ipairs(call('ZRANGE', n, 0, -1)) do
  local newest = call('HGET', P .. 'l:' .. line, 'newest')
  if newest then forget(newest, A.tombstone_ms) end
end
call('DEL', n)
return 1
