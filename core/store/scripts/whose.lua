-- What belongs to whom: written by the door, found again to be given out or erased.

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

local function channel_of(place)
  return call('HGET', P .. 'p:' .. place, 'root') or place
end

-- A turn's record goes, and all its texts; what stays is a mark that its message was seen, with nothing about whose.
local function bury(turn)
  local t = P .. 't:' .. turn
  local line, place, author, quoted = unpack(call('HMGET', t, 'line', 'place', 'author', 'quoted'))
  for person in string.gmatch(quoted or '', '%S+') do call('ZREM', P .. 'y:' .. person, turn) end
  call('DEL', P .. 'x:' .. turn, t)
  call('HSET', t, 'st', 'x')
  call('PEXPIRE', t, A.tombstone_ms)
  call('ZREM', P .. 'done', turn)
  if not line then return end
  for _, whose in ipairs({author, place}) do call('ZREM', P .. 'y:' .. whose, turn) end
  local l = P .. 'l:' .. line
  if call('HGET', l, 'newest') == turn then call('HDEL', l, 'newest') end
  local held, newest, waits = unpack(call('HMGET', l, 'held', 'newest', 'waits'))
  if held ~= '1' and not newest and not waits and call('ZCARD', P .. 'q:' .. line) == 0 then
    call('DEL', l, P .. 'k:' .. (call('HGET', l, 'tok') or ''))
    call('ZREM', P .. 'n:' .. place, line)
  end
end

-- A turn goes: what waits at once, what is being answered when it has ended, which is now. One that only quotes `person` is
-- answered first. 1 when there was one.
local function erase_turn(turn, person)
  local t = P .. 't:' .. turn
  local st, line, place, below, pool, order, a, author =
    unpack(call('HMGET', t, 'st', 'line', 'place', 'below', 'pf', 'order', 'a', 'author'))
  if not line then
    if person then call('ZREM', P .. 'y:' .. person, turn) end
    return 0
  end
  if person and author ~= person then
    if st == 'q' then call('HSET', t, 'gone', 1, 'erased', 1) else bury(turn) end
    return 1
  end
  local platform = string.match(pool, '^[^.]+')
  for _, seen in ipairs({place, below}) do
    if seen and call('ZSCORE', P .. 's:' .. platform, seen) == order then
      call('ZREM', P .. 's:' .. platform, seen)
      call('HDEL', P .. 'v:' .. platform, seen)
    end
  end
  if st == 'q' and (tonumber(a) > 0 or call('HEXISTS', P .. 'x:' .. turn, 's') == 1) then
    call('HSET', t, 'stop', 1, 'gone', 1, 'erased', 1)
    call('PUBLISH', P .. 'stop', turn)
    return 1
  end
  if st == 'q' then
    give_way(turn)
    call('ZREM', P .. 'q:' .. line, turn)
    call('ZREM', P .. 'later:' .. pool, turn)
    if call('ZCARD', P .. 'q:' .. line) == 0 then call('ZREM', P .. 'ready:' .. pool, line) end
  end
  bury(turn)
  return 1
end

-- Whether a turn was accepted later than that: what is erased is what came before.
local function is_later(turn, before)
  return tonumber(call('HGET', P .. 't:' .. turn, 'at') or 0) > before
end

-- Whose words an exchange has, and of which other messages; each as words.
local function words_in(place, exchange)
  return string.match(call('HGET', P .. 'a:' .. place, exchange) or '', '^([^|]*)|?(.*)$')
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

-- The exchange leaves the history of its place, and so does the memory that knows of it: it cannot forget a part of itself.
local function unsay(place, exchange)
  local known = call('ZSCORE', P .. 'm:' .. place, exchange)
  take_out(place, exchange)
  call('HDEL', P .. 'a:' .. place, exchange)
  if known then unlearn(place) end
end

-- So does every exchange that has words of this message.
local function unhear(place, message)
  local found = call('HGETALL', P .. 'a:' .. place)
  for i = 1, #found, 2 do
    local messages = string.match(found[i + 1], '|(.*)$')
    if messages and string.find(messages, message, 1, true) then unsay(place, found[i]) end
  end
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

-- The exchanges of a place that have somebody's words, and what points to them. How many; whether there are later ones.
local function erase_words(place, person, before)
  local a, e, found, count, later = P .. 'a:' .. place, P .. 'e:' .. place, {}, 0, false
  local people = call('HGETALL', a)
  for i = 1, #people, 2 do
    if string.find(people[i + 1], person, 1, true) then
      if is_later(people[i], before) then later = true else found[people[i]] = true end
    end
  end
  for id in pairs(found) do
    count = count + 1
    unsay(place, id)
  end
  local shown = count > 0 and call('HGETALL', e) or {}
  for i = 1, #shown, 2 do
    if found[shown[i + 1]] then call('HDEL', e, shown[i]) end
  end
  if count > 0 then hush(place, before - offset) end
  return count, later
end

-- All of a place but the places below it, and what its admins set. Answers how many turns and exchanges were there; whether
-- something was accepted later: that stays, and the place with it; and whether a turn goes only when it has ended: y: knows.
local function erase_place(place, platform, before)
  local turns, exchanges, later, live = 0, call('ZCARD', P .. 'o:' .. place), false, false
  local y = P .. 'y:' .. place
  for _, turn in ipairs(call('ZRANGE', y, 0, -1)) do
    if is_later(turn, before) then
      later = turn
    else
      turns = turns + erase_turn(turn)
      if call('HEXISTS', P .. 't:' .. turn, 'erased') == 1 then live = true else call('ZREM', y, turn) end
    end
  end
  local p = P .. 'p:' .. place
  local root, among = unpack(call('HMGET', p, 'root', 'alone'))
  if later then
    -- The thread has forgotten its root, too, unless that is later as well. Its epoch stays: what is answered now is kept.
    if root and not is_later(call('HGET', P .. 't:' .. later, 'rt') or '', before) then
      forget_until(place, math.max(tonumber(forgotten_until(place)) or 0, before - offset))
    end
    exchanges = 0
    for _, id in ipairs(call('ZRANGE', P .. 'o:' .. place, 0, -1)) do
      if not is_later(id, before) then
        leave_out(place, id)
        exchanges = exchanges + 1
      end
    end
    call('DEL', P .. 'c:' .. place)
    return turns, exchanges, true, live
  end
  for person in pairs(people_of(place)) do call('ZREM', P .. 'd:' .. person, place) end
  if among and not live then call('ZREM', P .. 'z:' .. among, place) end
  for _, key in ipairs({'h:', 'o:', 'm:', 'a:', 'e:', 'g:', 'n:', 'c:', 'w:', 'p:'}) do call('DEL', P .. key .. place) end
  call('ZREM', P .. 'over', place)
  call('ZREM', P .. 's:' .. platform, place)
  call('HDEL', P .. 'v:' .. platform, place)
  if root then -- the thread has also forgotten the exchange that it grew from
    call('HSET', p, 'epoch', 1)
    call('PEXPIRE', p, A.place_ms)
    forget_until(place, raw)
  elseif among then -- nothing is read there
    call('DEL', P .. 'f:' .. place)
  end
  return turns, exchanges, false, live
end

-- Into an index; `drop` is told what is too much for it.
local function index(key, member, ms, most, drop)
  local is_new = call('ZADD', key, now, member) == 1
  live(key, ms)
  if not is_new then return end
  call('ZREMRANGEBYSCORE', key, '-inf', now - ms)
  local surplus = call('ZCARD', key) - most
  if surplus <= 0 then return end
  local out = call('ZPOPMIN', key, surplus)
  for i = 1, #out, 2 do drop(out[i]) end
end

-- A turn of somebody, somewhere; `quoted` is who else has words in it.
local function belongs(turn, author, place, quoted)
  local all = {author, place}
  for person in string.gmatch(quoted or '', '%S+') do all[#all + 1] = person end
  for _, whose in ipairs(all) do
    index(P .. 'y:' .. whose, turn, 2 * A.record_ms, A.most_turns, function(oldest)
      if call('HGET', P .. 't:' .. oldest, 'st') ~= 'q' then bury(oldest) end
    end)
  end
end

-- A place lies in another. A direct message has nothing to do with those beside it: too many of them cost none its place.
local function lies_in(place, around, platform, is_direct)
  index(P .. 'z:' .. around, place, A.index_ms, A.most_places, function(oldest)
    if not is_direct then erase_place(oldest, platform, now) end
  end)
end

-- Where a script is told that A.place lies (core/store/admitting.py), and whose own it is.
local function lies_as_told()
  local around = A.within[#A.within]
  if A.alone then call('HSET', P .. 'p:' .. A.place, 'alone', around[2], 'whose', A.author) end
  for _, kin in ipairs(A.within) do lies_in(kin[1], kin[2], A.platform, A.alone and kin == around) end
end

-- Somebody's words are in a place.
local function is_in(person, place)
  index(P .. 'd:' .. person, place, A.index_ms, A.most_places, function(oldest) erase_words(oldest, person, now) end)
end

-- Whose words an exchange has: its asker's, and those of people who are quoted in it; and of which other messages. An older
-- release takes these for one more person, of whom there is nothing.
local function said_by(place, exchange, people, messages)
  local others = #messages > 0 and ' |' .. table.concat(messages, ',') or ''
  call('HSET', P .. 'a:' .. place, exchange, table.concat(people, ' ') .. others)
  for _, person in ipairs(people) do is_in(person, place) end
end
