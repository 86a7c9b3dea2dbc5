-- What the scripts share. ARGV[1] is the prefix with its hash tag, ARGV[2] the arguments as JSON; sealed values follow.
-- Every script answers the same to a client that sends it twice, and does nothing for a stale fence.
local P, A = ARGV[1], cjson.decode(ARGV[2])
local call = redis.call

-- A server that is full refuses a script whose first write takes room, and no other. What was accepted is answered all the
-- same: the scripts of a turn begin with a write that takes none.
local function even_when_full()
  call('PERSIST', P .. 'clock')
end

-- Server time that never runs backwards: a clock that is set back would otherwise hold leases and limits for as long.
local raw, offset = server_ms(), 0
local now
local function save_clock()
  call('HSET', P .. 'clock', 'seen', now, 'offset', offset)
end
do
  local clock = call('HMGET', P .. 'clock', 'seen', 'offset')
  local seen = tonumber(clock[1] or 0)
  offset = tonumber(clock[2] or 0)
  now = raw + offset
  if now < seen then
    now, offset = seen, seen - raw
    even_when_full()
    save_clock()
  end
end

local function wake()
  call('PUBLISH', P .. 'wake', A.me)
end

-- Whether this fence still holds the line for this turn.
local function mine(line, turn, fence)
  local l = call('HMGET', P .. 'l:' .. line, 'fence', 'cur', 'held')
  return l[1] == fence and l[2] == turn and l[3] == '1'
end

-- A turn's texts go; what stays is the tombstone that stops a redelivery.
local function forget(turn, tombstone_ms)
  call('DEL', P .. 'x:' .. turn)
  call('PEXPIRE', P .. 't:' .. turn, tombstone_ms)
end

-- Milliseconds to wait until every window has room, and the number of the window that needs the longest; 0, 0: now.
local function over(logs)
  local wait, which, number = 0, 0, 0
  for _, log in ipairs(logs) do
    for _, window in ipairs(log.windows) do
      number = number + 1
      local nth = call('ZREVRANGE', P .. 'w:' .. log.of, window[1] - 1, window[1] - 1, 'WITHSCORES')[2]
      local left = nth and tonumber(nth) + window[2] - now or 0
      if left > wait then wait, which = left, number end
    end
  end
  return wait, which
end

local function charge(logs, turn)
  for _, log in ipairs(logs) do
    local key = P .. 'w:' .. log.of
    call('ZREMRANGEBYSCORE', key, '-inf', now - log.longest)
    call('ZADD', key, now, turn)
    call('PEXPIRE', key, log.longest)
  end
end

-- Into the queue by the platform's time; two of one instant stay in the order of their arrival. How many are ahead.
local function enqueue(platform, line, turn, order)
  local q = P .. 'q:' .. line
  while call('ZCOUNT', q, order, order) > 0 do order = order + 1 end
  local ahead = call('ZCOUNT', q, '-inf', order)
  local cur = call('HGET', P .. 'l:' .. line, 'cur')
  local running = cur and call('ZSCORE', q, cur)
  if running and tonumber(running) > order then ahead = ahead + 1 end
  call('ZADD', q, order, turn)
  call('PEXPIRE', q, A.record_ms)
  call('SADD', P .. 'platforms', platform)
  call('ZADD', P .. 'ready:' .. platform, 'NX', now, line)
  call('PEXPIRE', P .. 'ready:' .. platform, A.record_ms + 86400000)
  return ahead
end

-- The exchange leaves the history of its place.
local function take_out(place, exchange)
  local h = P .. 'h:' .. place
  local size = call('HSTRLEN', h, exchange)
  if size == 0 then return end
  call('HDEL', h, exchange)
  if call('HINCRBY', h, '#', -size) == 0 then call('DEL', h) end
  call('ZREM', P .. 'o:' .. place, exchange)
end
