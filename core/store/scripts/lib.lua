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
local now, seen

-- Workers look at the clock all the time. When nobody did for so long, it was set forwards or Redis was away: every lease
-- lasts by that longer, so who holds one gets the time to renew it, and who died does not delay what it held. So does what
-- is kept for a call.
local function spare_leases(silence)
  for _, pool in ipairs(call('SMEMBERS', P .. 'platforms')) do
    local ready = P .. 'ready:' .. pool
    local found = call('ZRANGEBYSCORE', ready, '-inf', now + A.lease_ms, 'WITHSCORES')
    for i = 1, #found, 2 do
      local line, ends = found[i], tonumber(found[i + 1])
      if call('HGET', P .. 'l:' .. line, 'held') == '1' then
        call('ZADD', ready, math.min(ends + silence, now + A.lease_ms), line)
      end
    end
  end
  local holds = call('ZRANGE', P .. 'holds:end', 0, -1, 'WITHSCORES')
  for i = 1, #holds, 2 do
    call('ZADD', P .. 'holds:end', 'GT', math.min(tonumber(holds[i + 1]) + silence, now + A.hold_ms), holds[i])
  end
end

local function save_clock(...)
  if now - seen > A.silence_ms then spare_leases(now - seen) end
  seen = now
  call('HSET', P .. 'clock', 'seen', now, 'offset', offset, ...)
end

-- The same of a worker: nobody else seals what people ask, and with which key is noted down. A server that was emptied learns
-- anew which keys fit what is stored from now on (meet.lua).
local function save_clock_at_work()
  save_clock('with:' .. A.seals, now)
  if call('HSETNX', P .. 'meta', 'pseudonym', A.names) == 1 then
    call('HSET', P .. 'meta', 'history', A.seals, 'kept', A.history_ms)
  end
end
do
  local clock = call('HMGET', P .. 'clock', 'seen', 'offset')
  seen, offset = tonumber(clock[1] or 0), tonumber(clock[2] or 0)
  now = raw + offset
  if now < seen then
    now, offset = seen, seen - raw
    even_when_full()
    save_clock()
  end
end

-- Each of some words, once, in their order.
local function each(words)
  local out, known = {}, {}
  for word in string.gmatch(words, '[^%s,]+') do
    if not known[word] then out[#out + 1] = word end
    known[word] = true
  end
  return out
end

local function wake()
  call('PUBLISH', P .. 'wake', A.me)
end

-- Whether this fence still holds the line for this turn. A server that makes room by itself may have thrown its record away.
local function mine(line, turn, fence)
  local l = call('HMGET', P .. 'l:' .. line, 'fence', 'cur', 'held')
  return l[1] == fence and l[2] == turn and l[3] == '1' and call('EXISTS', P .. 't:' .. turn) == 1
end

-- What a script answers to who does not hold the turn: 0; -1 where Redis may have forgotten that they do (regain.lua).
local function not_mine(line, turn, fence)
  local known = tonumber(call('HGET', P .. 'l:' .. line, 'fence') or 0)
  return (known < tonumber(fence) or call('EXISTS', P .. 't:' .. turn) == 0) and -1 or 0
end

-- A server that was started again, or took over from another one, may have lost the last writes. A.forgets: whether ours may.
local function notice_start()
  local info = A.forgets and redis.pcall('INFO', 'server') -- not everybody is allowed to ask
  local run = type(info) == 'string' and string.match(info, 'run_id:(%x+)')
  local known = run and call('HGET', P .. 'clock', 'run')
  if run and run ~= known then call('HSET', P .. 'clock', 'run', run, 'anew', known and now or 0) end
end

-- What is left of a turn for its people: 1; 2: no button will find it; 3: nor do they want it, they deleted the question.
local function left_of(turn)
  local gone, unsaid, erased = unpack(call('HMGET', P .. 't:' .. turn, 'gone', 'unsaid', 'erased'))
  if gone == '1' and not erased then return 3 end
  return (gone or unsaid) and 2 or 1
end

-- A turn's texts go; what stays is the tombstone that stops a redelivery.
local function forget(turn, tombstone_ms)
  call('DEL', P .. 'x:' .. turn)
  call('PEXPIRE', P .. 't:' .. turn, tombstone_ms)
end

-- The logs that count an event: of its person, of its channel; and what admins have set for the channel in its chat.
local function counted()
  local logs = {}
  local set = A.channel and call('HMGET', P .. 'i:' .. A.channel, 'all', 'each') or {}
  for _, log in ipairs(A.logs) do
    if not (set[1] and log.of == A.channel) then logs[#logs + 1] = log end
  end
  for i, of in ipairs({A.channel, A.author .. ':' .. (A.channel or '')}) do
    local log = {of = of, longest = 0, windows = {}}
    for calls, ms in string.gmatch(set[i] or '', '(%d+)/(%d+)') do
      log.windows[#log.windows + 1] = {tonumber(calls), tonumber(ms)}
      log.longest = math.max(log.longest, tonumber(ms))
    end
    if log.longest > 0 then logs[#logs + 1] = log end
  end
  return logs
end

-- Milliseconds to wait until every window has room, the window that needs the longest as calls/seconds, and whose it is.
local function over(logs)
  local wait, which, of = 0, '0', ''
  for _, log in ipairs(logs) do
    for _, window in ipairs(log.windows) do
      local nth = call('ZREVRANGE', P .. 'w:' .. log.of, window[1] - 1, window[1] - 1, 'WITHSCORES')[2]
      local left = nth and tonumber(nth) + window[2] - now or 0
      if left > wait then
        wait, which, of = left, string.format('%d/%d', window[1], window[2] / 1000), log.of
      end
    end
  end
  return wait, which, of
end

-- Said of a window that is all people's of the channel together.
local function here(of)
  return of == A.channel and ' here' or ''
end

-- The turn counts from `at` on, which is now, or when it will be let in.
local function charge(logs, turn, at)
  for _, log in ipairs(logs) do
    local key = P .. 'w:' .. log.of
    call('ZREMRANGEBYSCORE', key, '-inf', now - log.longest)
    call('ZADD', key, at, turn)
    call('PEXPIRE', key, log.longest + at - now)
  end
end

-- What is held back until its person's limit has room comes to nothing: it counts no more, and another one may be held back.
local function give_way(turn)
  local pool, author, place, root = unpack(call('HMGET', P .. 't:' .. turn, 'pf', 'author', 'place', 'root'))
  local held, at = P .. 'held:' .. author, call('ZSCORE', P .. 'later:' .. pool, turn)
  if not at or call('GET', held) ~= at then return end
  local channel = root ~= '' and root or place
  call('SET', held, 0, 'KEEPTTL')
  for _, of in ipairs({author, channel, author .. ':' .. channel}) do call('ZREM', P .. 'w:' .. of, turn) end
end

-- Budgets: A.day is {name, begins, ends}, A.budgets {{who or '', 1e-8 dollars, tokens}...} with -1 for no limit. A day is
-- a matter of the clock on the wall, also when that was set: nothing that was counted is lost by it.
local function another_day()
  return A.day and (raw < A.day[2] or raw >= A.day[3]) and string.format('day %.0f', raw)
end

-- What is summed up of a day, as keys.py has it.
local SUMS = {'n', 'x', 'c', 't', 'i', 'o', 'r', 'w'}

-- Where the sums of a day stand; those of people in two halves, before and after they had deleted what is kept of them.
local function sums_of(day, by)
  local key = P .. 'day:' .. day
  if by == '' then return {key} end
  return {key .. ':' .. by, by == 'person' and key .. ':erased' or nil}
end

local function sums_fields(who)
  local fields = {}
  for i, kind in ipairs(SUMS) do fields[i] = who .. ' ' .. kind end
  return fields
end

-- 1e-8 dollars and tokens that are gone today; '' is everybody.
local function gone(who)
  local dollars, tokens, field = 0, 0, who == '' and '' or who .. ' '
  for _, key in ipairs(sums_of(A.day[1], who == '' and '' or 'person')) do
    local sums = call('HMGET', key, field .. 'c', field .. 't')
    dollars, tokens = dollars + tonumber(sums[1] or 0), tokens + tonumber(sums[2] or 0)
  end
  return dollars, tokens
end

-- What a call might have cost is kept for it no longer.
local function free(id)
  local dollars, tokens, payer = string.match(call('HGET', P .. 'holds', id) or '', '^(%d+) (%d+) (.*)$')
  if not dollars then return end
  call('HDEL', P .. 'holds', id)
  call('ZREM', P .. 'holds:end', id)
  for _, who in ipairs({'', payer}) do -- Redis 7.0 takes no -0, which -dollars may be
    call('HINCRBY', P .. 'holding', who .. ' c', 0 - dollars)
    call('HINCRBY', P .. 'holding', who .. ' t', 0 - tokens)
    if call('HINCRBY', P .. 'holding', who .. ' n', -1) == 0 then
      call('HDEL', P .. 'holding', who .. ' c', who .. ' t', who .. ' n')
    end
  end
end

-- The part of a budget that is gone, its larger one.
local function part(budget)
  local dollars, tokens = gone(budget[1])
  return math.max(budget[2] > 0 and dollars / budget[2] or 0, budget[3] > 0 and tokens / budget[3] or 0)
end

-- Why nothing may be asked any more today: 'all' or 'own'; and the budgets that are nearly gone.
local function broke()
  local near = {}
  for _, budget in ipairs(A.budgets or {}) do
    local which, used = budget[1] == '' and 'all' or 'own', part(budget)
    if used >= 1 then return which, near end
    if used >= A.near / 100 then near[#near + 1] = which end
  end
  return nil, near
end

-- Whether somebody is refused the same thing again before long: then few words are enough.
local function told_before(what, wait)
  local key, ms = P .. 'r:' .. A.author .. ':' .. what, math.max(1, math.min(wait, A.quiet_ms))
  if tonumber(call('GET', key) or 0) > now then return true end
  call('SET', key, string.format('%.0f', now + ms), 'PX', string.format('%.0f', ms))
  return false
end

-- Of many pools, those of terminals that came and went, only the ones stay known in which something waits or runs.
local function has_work(pool)
  local pools = P .. 'platforms'
  if call('SADD', pools, pool) == 0 or call('SCARD', pools) <= A.most_pools then return end
  for _, one in ipairs(call('SMEMBERS', pools)) do
    if one ~= pool and call('EXISTS', P .. 'ready:' .. one, P .. 'later:' .. one) == 0 then call('SREM', pools, one) end
  end
end

-- Into the queue by the platform's time; two of one instant stay in the order of their arrival. How many are ahead.
local function enqueue(pool, line, turn, order)
  local q = P .. 'q:' .. line
  while call('ZCOUNT', q, order, order) > 0 do order = order + 1 end
  local ahead = call('ZCOUNT', q, '-inf', order)
  local cur = call('HGET', P .. 'l:' .. line, 'cur')
  local running = cur and call('ZSCORE', q, cur)
  if running and tonumber(running) > order then ahead = ahead + 1 end
  call('ZADD', q, order, turn)
  call('PEXPIRE', q, A.record_ms)
  has_work(pool)
  call('ZADD', P .. 'ready:' .. pool, 'NX', now, line)
  call('PEXPIRE', P .. 'ready:' .. pool, A.record_ms + 86400000)
  return ahead
end

-- The exchange leaves the history of its place. h: and o: have the same members; where one has lost its other half, as when
-- all is erased key by key, it still goes.
local function take_out(place, exchange)
  local h = P .. 'h:' .. place
  call('ZREM', P .. 'o:' .. place, exchange)
  local size = call('HSTRLEN', h, exchange)
  if size == 0 then return end
  call('HDEL', h, exchange)
  if call('HINCRBY', h, '#', 0 - size) == 0 then call('DEL', h) end
end

-- Whether one of these messages of ours, by their pseudonyms, was deleted before its answer was noted as done.
local function deleted_early(shown)
  for message in string.gmatch(shown or '', '%S+') do
    if call('HGET', P .. 't:' .. message, 'st') == 'x' then return true end
  end
  return false
end

-- Whether the history of a place begins with just these exchanges; and the one at its thread's root is there, if it counts.
local function begins_with(place, ids, root, rt)
  local first = call('ZRANGE', P .. 'o:' .. place, 0, #ids - 1)
  for i, id in ipairs(ids) do
    if first[i] ~= id then return false end
  end
  return #ids > 0 and (rt == '' or call('HEXISTS', P .. 'h:' .. root, rt) == 1)
end
