-- The end of an answer, once: ARGV[3] the final, ARGV[4] the exchange or '', both sealed. Answers whether the lease
-- holds. A.answered: the question has its answer, kept or not.
if not mine(A.line, A.turn, A.fence) then return 0 end
local t, x = P .. 't:' .. A.turn, P .. 'x:' .. A.turn
if call('HEXISTS', x, 'f') == 1 then return 1 end
even_when_full()
save_clock()
call('HSET', x, 'f', ARGV[3])
call('HDEL', x, 'r')
call('PEXPIRE', x, A.record_ms)
if A.answered then call('HSET', t, 'answered', 1) end

local sealed = ARGV[4]
local place, exchange, epoch, gone = unpack(call('HMGET', t, 'place', 'of', 'epoch', 'gone'))
exchange = exchange or A.turn
local reset = epoch ~= (call('HGET', P .. 'p:' .. place, 'epoch') or '')
if sealed == '' or reset or gone then return 1 end

local h, o = P .. 'h:' .. place, P .. 'o:' .. place
local rank = call('ZSCORE', o, exchange)
take_out(place, exchange)
if #sealed > A.most_bytes then return 1 end
local last = call('ZRANGE', o, -1, -1, 'WITHSCORES')[2]
call('ZADD', o, rank or math.max(now, tonumber(last or 0) + 1), exchange)
call('HSET', h, exchange, sealed)
local bytes = call('HINCRBY', h, '#', #sealed)
while bytes > A.most_bytes or call('ZCARD', o) > A.most_exchanges do
  local oldest = call('ZRANGE', o, 0, 1) -- a memory goes last
  local memory = call('HGET', P .. 'p:' .. place, 'memory')
  take_out(place, oldest[1] == memory and oldest[2] ~= exchange and oldest[2] or oldest[1])
  bytes = tonumber(call('HGET', h, '#') or 0)
end
call('PEXPIRE', h, A.history_ms)
call('PEXPIRE', o, A.history_ms)
call('PEXPIRE', P .. 'm:' .. place, A.history_ms)
call('PEXPIRE', P .. 'p:' .. place, A.place_ms)
return 1
