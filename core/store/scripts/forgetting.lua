-- How long what was said is kept, and how a place forgets: all at once, a part, or what is over.

-- A lifetime that is never made shorter: what is pointed to may live longer than what is new.
local function live(key, ms)
  if call('PEXPIRE', key, ms, 'GT') == 0 then call('PEXPIRE', key, ms, 'NX') end
end

-- How long a channel and its threads keep what was said, in ms: what its admins set, at most HISTORY_DAYS.
local function kept_ms(channel)
  local days = tonumber(call('HGET', P .. 'i:' .. channel, 'keep')) -- nil also for what only another release knows
  return days and math.min(days * 86400000, A.history_ms) or A.history_ms
end

-- What is known of a place lives as long as what is said there; of one that is somebody's own, as long as what points to it:
-- what they chose there goes with them.
local function keep_known(place)
  local p = P .. 'p:' .. place
  call('PEXPIRE', p, call('HEXISTS', p, 'alone') == 1 and A.index_ms or A.place_ms)
end

-- What was said in a place until then is not read again, though it still stands there. Of that an older release, which may
-- be at work beside us, knows only what p: has of it.
local function forget_until(place, ms)
  local p, at = P .. 'p:' .. place, string.format('%.0f', ms)
  call('SET', P .. 'f:' .. place, at, 'PX', string.format('%.0f', A.forgotten_ms))
  if call('EXISTS', p) == 1 then call('HSET', p, 'since', at) end
  call('HDEL', p, 'rooted')
end

-- The later of ours and an older release's.
local function forgotten_until(place)
  local f, since = call('GET', P .. 'f:' .. place), call('HGET', P .. 'p:' .. place, 'since')
  if not f or not since then return f or since end
  return (tonumber(since) or math.huge) > tonumber(f) and since or f
end

-- Whether a place remembers the exchange that it grew from; not where an older release made it forget since.
local function is_rooted(place, until_ms)
  return not until_ms or call('HGET', P .. 'p:' .. place, 'rooted') == until_ms
end

-- Somebody's words of then are not read again in a thread, which remembers the others' exchanges, and the one it grew from.
local function hush(place, ms)
  local p, known = P .. 'p:' .. place, forgotten_until(place)
  if call('HEXISTS', p, 'root') == 0 then return end
  local rooted = is_rooted(place, known)
  forget_until(place, math.max(tonumber(known) or 0, ms))
  if rooted then call('HSET', p, 'rooted', forgotten_until(place)) end
end

-- Follow-ups in a thread are not for us any more. An older release asks only whether `joined` is there.
local function leave(place)
  call('HDEL', P .. 'p:' .. place, 'joined')
  call('HSET', P .. 'p:' .. place, 'left', 1)
end

local function channel_of(place)
  return call('HGET', P .. 'p:' .. place, 'root') or place
end

-- Everybody whose words a place has: {person = true...}.
local function people_of(place)
  local people = {}
  for _, some in ipairs(call('HVALS', P .. 'a:' .. place)) do
    for person in string.gmatch(string.match(some, '^[^|]*'), '%S+') do people[person] = true end
  end
  return people
end

-- Which exchange of a place is its memory. Where p: went before it, as when HISTORY_DAYS was less: the oldest, if it is
-- nobody's.
local function memory_of(place)
  local memory, oldest = call('HGET', P .. 'p:' .. place, 'memory'), call('ZRANGE', P .. 'o:' .. place, 0, 0)[1]
  return memory or oldest and call('HEXISTS', P .. 'a:' .. place, oldest) == 0 and oldest
end

-- A memory goes, and with it what was known of the exchanges that it stood for.
local function unlearn(place)
  local m, o, memory = P .. 'm:' .. place, P .. 'o:' .. place, memory_of(place)
  if memory then take_out(place, memory) end
  call('HDEL', P .. 'p:' .. place, 'memory')
  for _, id in ipairs(call('ZRANGE', m, 0, -1)) do
    if not call('ZSCORE', o, id) then call('HDEL', P .. 'a:' .. place, id) end
  end
  call('DEL', m)
end

-- The exchange leaves the history of its place, and so does the memory that knows of it, also that of a thread which was begun
-- from its answer: none can forget a part of itself.
local function unsay(place, exchange)
  for _, of in ipairs({place, call('HGET', P .. 'e:' .. place, 'below ' .. exchange) or nil}) do
    local known = call('ZSCORE', P .. 'm:' .. of, exchange)
    take_out(of, exchange)
    call('HDEL', P .. 'a:' .. of, exchange)
    if known then unlearn(of) end
  end
end

-- Exchanges, {id = true...}, go so, and with each the texts of its newest answer, which wait for a button. Of an answer to one
-- that is not done yet none will stay.
local function unask(place, exchanges)
  local lines, is_elsewhere = {}, false
  for id in pairs(exchanges) do
    local line = call('HGET', P .. 't:' .. id, 'line') -- for two days, when it was asked anew
    if line then lines[line] = true end
    is_elsewhere = is_elsewhere or not line and (call('ZSCORE', P .. 'o:' .. place, id) or call('ZSCORE', P .. 'm:' .. place, id))
    unsay(place, id)
  end
  for _, line in ipairs(is_elsewhere and call('ZRANGE', P .. 'n:' .. place, 0, -1) or {}) do lines[line] = true end
  local function is_of_them(turn)
    return exchanges[turn] or exchanges[call('HGET', P .. 't:' .. turn, 'of') or '']
  end
  for line in pairs(lines) do
    local newest = call('HGET', P .. 'l:' .. line, 'newest')
    if newest and is_of_them(newest) then forget(newest, A.tombstone_ms) end
    for _, turn in ipairs(call('ZRANGE', P .. 'q:' .. line, 0, -1)) do
      if is_of_them(turn) then call('HSET', P .. 't:' .. turn, 'unsaid', 1) end
    end
  end
end

-- So does every exchange that has words of this message.
local function unhear(place, message)
  local all, found = call('HGETALL', P .. 'a:' .. place), {}
  for i = 1, #all, 2 do
    local at, bar = string.find(all[i + 1], message, 1, true), string.find(all[i + 1], '|', 1, true)
    if at and bar and at > bar then found[all[i]] = true end
  end
  unask(place, found)
end

local function leave_out(place, exchange)
  if exchange == memory_of(place) then unlearn(place) else unsay(place, exchange) end
end

-- What points to what a place has lives as long: HISTORY_DAYS was less when it was written.
local function stay_found(place, ms)
  local p = P .. 'p:' .. place
  local root, among, space = unpack(call('HMGET', p, 'root', 'alone', 'space'))
  live(p, ms)
  for _, around in ipairs({root or '', among or '', space or ''}) do live(P .. 'z:' .. around, ms) end
  for person in pairs(people_of(place)) do live(P .. 'd:' .. person, ms) end
end

-- What was said longer ago than its place keeps goes. `over` knows when to look again.
local function trim(place)
  local ms, o = kept_ms(channel_of(place)), P .. 'o:' .. place
  for _, id in ipairs(call('ZRANGEBYSCORE', o, '-inf', now - ms)) do leave_out(place, id) end
  local oldest = call('ZRANGE', o, 0, 0, 'WITHSCORES')[2]
  if not oldest then
    call('ZREM', P .. 'over', place)
    return
  end
  local is_anew = tonumber(call('ZSCORE', P .. 'over', place) or -1) == 0 -- meet.lua
  call('ZADD', P .. 'over', tonumber(oldest) + ms, place)
  live(P .. 'over', ms)
  local newest = tonumber(call('ZRANGE', o, -1, -1, 'WITHSCORES')[2])
  local left = math.max(1, newest + ms - now)
  for _, key in ipairs({'h:', 'o:', 'm:', 'a:', 'e:'}) do call('PEXPIRE', P .. key .. place, left) end
  if is_anew then stay_found(place, left) end
end
