-- The oldest turn of a line that is free, leased. Answers {turn, ...} as `answer` lists it, or {'', ms until a line may
-- become free; -1: none is waiting}.
-- All exchanges up to the one that the turn replaces: what came after it, other people's, is not its context.
local function history(place, last)
  local out, ids = {}, call('ZRANGE', P .. 'o:' .. place, 0, -1)
  for i, id in ipairs(ids) do
    if id == last then
      for j = #ids, i + 1, -1 do ids[j] = nil end
      break
    end
  end
  -- The newest may still be on its way to the screen, and deleted there: it goes with its end, and is not told before.
  for i = #ids, math.max(1, #ids - 2), -1 do
    local t = call('HMGET', P .. 't:' .. ids[i], 'st', 'sh')
    if t[1] == 'q' and deleted_early(t[2]) then table.remove(ids, i) end
  end
  if #ids == 0 then return out end
  local sealed = call('HMGET', P .. 'h:' .. place, unpack(ids))
  for i, id in ipairs(ids) do
    if sealed[i] then
      out[#out + 1] = id
      out[#out + 1] = sealed[i]
    end
  end
  return out
end

local function answer(line, turn)
  local l = call('HGET', P .. 'l:' .. line, 'fence')
  local t = call('HMGET', P .. 't:' .. turn, 'a', 'stop', 'place', 'root', 'rt', 'of', 'pf', 'epoch')
  local x = call('HMGET', P .. 'x:' .. turn, 'm', 'e', 's', 'f', 'r')
  local place, root, exchanges, first = t[3], t[4], {}, false
  local since = forgotten_until(place)
  if not x[4] then
    exchanges = history(place, t[6])
    -- A thread that was made to forget has also forgotten the exchange it grew from.
    if root ~= '' and is_rooted(place, since) then first = call('HGET', P .. 'h:' .. root, t[5]) end
  end
  return {turn, line, l, t[1], t[2] or '0', place, root, t[5], t[6] or turn, t[7], x[1], x[2] or '', x[3] or '', x[4] or '',
    exchanges, first or '', call('HGETALL', P .. 'c:' .. place), root ~= '' and call('HGETALL', P .. 'c:' .. root) or {},
    x[5] or '', since or '0', t[8] or '', kept_ms(root ~= '' and root or place) > 0 and '1' or '0',
    left_of(turn)}
end

-- When Redis may have forgotten what it knew of a turn: somebody may have it, and have shown something.
local function forgotten_at(turn)
  local anew = tonumber(call('HGET', P .. 'clock', 'anew') or 0)
  return anew > tonumber(call('HGET', P .. 't:' .. turn, 'at') or 0) and anew or nil
end

-- Milliseconds for which a turn waits: until every lease that was given on it has run out; for the end of the question at its
-- thread's root; or for a release that knows what its record has instead of what is missing.
local function waits(turn)
  local t = call('HMGET', P .. 't:' .. turn, 'rt', 'a', 'place', 'root', 'pf', 'author')
  for i = 1, 6 do
    if not t[i] then return A.unknown_ms end
  end
  local anew = forgotten_at(turn)
  if anew and now < anew + A.lease_ms then return anew + A.lease_ms - now end
  if t[1] == '' or t[1] == turn or tonumber(t[2]) > 0 then return 0 end
  local root = call('HMGET', P .. 't:' .. t[1], 'st', 'unread')
  return root[1] == 'q' and not root[2] and A.root_ms or 0
end

-- The turn to be claimed next in this line; what expired or was dropped is swept away.
local function head(line)
  local q, l = P .. 'q:' .. line, P .. 'l:' .. line
  while true do
    local cur = call('HGET', l, 'cur')
    local turn = cur and call('ZSCORE', q, cur) and cur or call('ZRANGE', q, 0, 0)[1]
    if not turn then return nil end
    if call('HEXISTS', P .. 'x:' .. turn, 'm') == 1 and call('EXISTS', P .. 't:' .. turn) == 1 then return turn end
    call('ZREM', q, turn)
    if turn == cur then call('HDEL', l, 'cur') end
  end
end

-- What was held back until its person's limit has room goes into its line when that is so. When the next one does, or nil.
local function let_in(pools)
  local next_in
  for _, pool in ipairs(pools) do
    local later = P .. 'later:' .. pool
    local due = call('ZRANGEBYSCORE', later, '-inf', now, 'LIMIT', 0, 100)
    for _, turn in ipairs(due) do
      local t = call('HMGET', P .. 't:' .. turn, 'st', 'line', 'order')
      call('ZREM', later, turn)
      if t[1] == 'q' and t[2] and t[3] then
        enqueue(pool, t[2], turn, tonumber(t[3]))
      elseif t[1] == 'q' then -- for a release that knows what its record has instead
        call('ZADD', later, now + A.unknown_ms, turn)
      end
    end
    local at = tonumber(call('ZRANGE', later, 0, 0, 'WITHSCORES')[2])
    if at and at < (next_in or math.huge) then next_in = at end
  end
  return next_in
end

local before = call('GET', P .. 'k:' .. A.token)
if before then
  local l = call('HMGET', P .. 'l:' .. before, 'tok', 'cur', 'held')
  if l[1] == A.token and l[3] == '1' then
    even_when_full()
    save_clock_at_work()
    call('ZADD', P .. 'ready:' .. call('HGET', P .. 't:' .. l[2], 'pf'), now + A.lease_ms, before)
    return answer(before, l[2])
  end
end

even_when_full()
save_clock_at_work()
notice_start()
local pools = A.pools
if #pools == 0 then pools = call('SMEMBERS', P .. 'platforms') end
local next_in = let_in(pools)
for _, place in ipairs(call('ZRANGEBYSCORE', P .. 'over', '-inf', now, 'LIMIT', 0, 20)) do trim(place) end
while true do
  local ready, line, at
  for _, pool in ipairs(pools) do
    local first = call('ZRANGE', P .. 'ready:' .. pool, 0, 0, 'WITHSCORES')
    if first[1] and (not at or tonumber(first[2]) < at) then
      ready, line, at = P .. 'ready:' .. pool, first[1], tonumber(first[2])
    end
  end
  if not at and not next_in then return {'', -1} end
  if not at or at > now then return {'', math.min(at or math.huge, next_in or math.huge) - now} end
  local turn = head(line)
  local ms = turn and waits(turn)
  if not turn then
    call('ZREM', ready, line)
  elseif ms > 0 then
    call('HSET', P .. 'l:' .. line, 'waits', 1)
    call('PEXPIRE', P .. 'l:' .. line, A.record_ms)
    call('ZADD', ready, now + ms, line)
  else
    local l, t = P .. 'l:' .. line, P .. 't:' .. turn
    local fence = math.max(tonumber(call('HGET', l, 'fence') or 0) + 1, raw)
    call('HSET', l, 'fence', string.format('%.0f', fence), 'cur', turn, 'held', 1, 'tok', A.token)
    call('HDEL', l, 'waits')
    if forgotten_at(turn) and call('HGET', t, 'a') == '0' then call('HSET', t, 'begun', 1) end
    -- Never the first attempt again, even if that was given back: what it posted may be unknown.
    call('HINCRBY', t, 'a', 1 + call('HDEL', t, 'begun'))
    local place, root = unpack(call('HMGET', t, 'place', 'root'))
    call('HSET', t, 'epoch', call('HGET', P .. 'p:' .. place, 'epoch') or '')
    call('ZADD', ready, now + A.lease_ms, line)
    call('SET', P .. 'k:' .. A.token, line, 'PX', A.lease_ms)
    for _, key in ipairs({l, t, P .. 'x:' .. turn, P .. 'q:' .. line}) do call('PEXPIRE', key, A.record_ms) end
    for _, of in ipairs({place, channel_of(place)}) do
      if tonumber(call('ZSCORE', P .. 'over', of) or math.huge) <= now then trim(of) end
    end
    for _, of in ipairs({place, root}) do call('PEXPIRE', P .. 'c:' .. of, A.choices_ms) end
    call('PEXPIRE', P .. 'f:' .. place, A.forgotten_ms)
    return answer(line, turn)
  end
end
