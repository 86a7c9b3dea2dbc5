-- Calls to a platform, not money, charged to budgets that all processes share. A.buckets: what this process tells of each, as
-- in core/store/sharing.py. A.calls: those it would make: id, the indexes of the buckets that pay, of those that must have
-- more than is held for ends, and whether it holds one more in these from then on. Answers {1 or 0 for each call,
-- {frozen ms, level / 1000 or -1, the others' held, live, left, rate, ms until each of their calls counts no more...}
-- for each bucket}.
local ours = A.me .. ':'

-- One bucket as it stands. What others hold counts for A.crew_ms after they last told.
local function open(told)
  local s = {told = told, used = P .. 'u:' .. told.name, key = P .. 'b:' .. told.name}
  s.held, s.others = told.held, {0, 0, 0, 0}
  local found = call('HGETALL', s.key)
  for i = 1, #found, 2 do
    local name, value = found[i], found[i + 1]
    if name == 'level' or name == 'since' or name == 'learnt' then
      s[name] = tonumber(value)
    elseif name == 'by:' .. A.me then
      s.last = tonumber(string.match(value, '^%d+')) -- the last refusal that we told
    else
      local numbers = {}
      for number in string.gmatch(value, '[^,]+') do numbers[#numbers + 1] = tonumber(number) end
      local _, at, held, live, left, rate = unpack(numbers)
      if rate and at < now - A.crew_ms then
        call('HDEL', s.key, name)
      elseif rate then -- else only another release knows what it is
        for i, number in ipairs({held, live, left, rate}) do s.others[i] = s.others[i] + number end
      end
    end
  end
  s.last = s.last or 0
  if s.learnt and s.learnt + told.ms * A.learnt_windows < now then
    call('HDEL', s.key, 'level', 'since', 'learnt')
    s.level, s.since = nil, nil
  end
  call('ZREMRANGEBYSCORE', s.used, '-inf', now)
  return s
end

-- Calls left in a bucket that refills; since may lie in the future: until then it is frozen.
local function level(s)
  return math.min(s.told.burst, s.level + math.max(0, now - s.since) * s.told.calls / s.told.ms)
end

local function pour(s, calls)
  if s.level then s.level, s.since = level(s) + calls, math.max(now, s.since) end
end

local function settle(s)
  for _, ended in ipairs(s.told.ended) do
    local over = now - ended[2] + s.told.ms + 1
    if over <= now then
      call('ZREM', s.used, ours .. ended[1]) -- told late: it does not fly any more either
    elseif call('ZADD', s.used, over, ours .. ended[1]) == 1 then
      pour(s, -1) -- one that we made while Redis was away is new here
    end
  end
  for _, id in ipairs(s.told.unused) do
    if call('ZREM', s.used, ours .. id) == 1 then pour(s, 1) end
  end
  for _, refused in ipairs(s.told.refused) do
    if refused[1] > s.last then
      s.last, s.learnt = refused[1], now
      s.level, s.since = 1, math.max(s.since or 0, now + refused[2])
    end
  end
  s.unused = s.told.calls - call('ZCARD', s.used)
end

local function room(s)
  if s.since and now < s.since then return 0 end
  return s.level and math.floor(level(s) + 1e-6) or s.unused
end

local function kept(s)
  return math.ceil((s.held + s.others[1]) * s.told.weight)
end

local function pay(s, id)
  call('ZADD', s.used, now + A.flight_ms + s.told.ms, ours .. id)
  s.unused = s.unused - 1
  pour(s, -1)
end

local function may(buckets, asked)
  local id, charged, spared = unpack(asked)
  local first = charged[1]
  if first and call('ZSCORE', buckets[first].used, ours .. id) then return true end
  for _, at in ipairs(charged) do
    if room(buckets[at]) < 1 then return false end
  end
  for _, at in ipairs(spared) do
    if room(buckets[at]) < kept(buckets[at]) + 1 then return false end
  end
  for _, at in ipairs(charged) do pay(buckets[at], id) end
  return true
end

local function close(s)
  local told = s.told
  local said = string.format('%d,%.0f,%d,%d,%d,%.3f', s.last, now, s.held, told.live, told.left, told.rate)
  call('HSET', s.key, 'by:' .. A.me, said)
  local lasts = A.crew_ms
  if s.level then
    call('HSET', s.key, 'level', string.format('%.6f', s.level), 'since', string.format('%.0f', s.since),
      'learnt', string.format('%.0f', s.learnt))
    lasts = math.max(lasts, s.since - now, s.learnt + told.ms * A.learnt_windows - now)
  end
  call('PEXPIRE', s.key, lasts)
  call('PEXPIRE', s.used, told.ms + A.flight_ms)
  local held, live, left, rate = unpack(s.others)
  local out = {s.since and math.max(0, s.since - now) or 0, s.level and math.floor(level(s) * 1000) or -1,
    held, live, left, math.floor(rate * 1000)}
  local used = call('ZRANGE', s.used, 0, -1, 'WITHSCORES')
  for i = 1, #used, 2 do
    if string.sub(used[i], 1, #ours) ~= ours then out[#out + 1] = tonumber(used[i + 1]) - now end
  end
  return out
end

save_clock()
local buckets, said, out = {}, {}, {}
for i, told in ipairs(A.buckets) do
  buckets[i] = open(told)
  settle(buckets[i])
end
for i, asked in ipairs(A.calls) do
  said[i] = may(buckets, asked) and 1 or 0
  if said[i] == 1 and asked[4] then
    for _, at in ipairs(asked[3]) do buckets[at].held = buckets[at].held + 1 end
  end
end
for i, s in ipairs(buckets) do out[i] = close(s) end
return {said, out}
