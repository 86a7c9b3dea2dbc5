-- What belongs to whom: written by the door, found again to be given out or erased.

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

-- What was the newest event of a place is known no more, if it is the one of this order when there is one.
local function unsee(platform, place, order)
  for _, known in ipairs({'s:', 'unread:'}) do
    local key = P .. known .. platform
    if not order or call('ZSCORE', key, place) == order then
      call('ZREM', key, place)
      if known == 's:' then call('HDEL', P .. 'v:' .. platform, place) end
    end
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
  for _, seen in ipairs({place, below or nil}) do unsee(platform, seen, order) end
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

-- The exchanges of a place that have somebody's words, and what points to them. How many; whether there are later ones.
local function erase_words(place, person, before)
  local a, e, found, count, later = P .. 'a:' .. place, P .. 'e:' .. place, {}, 0, false
  local people = call('HGETALL', a)
  for i = 1, #people, 2 do
    if string.find(people[i + 1], person, 1, true) then
      if is_later(people[i], before) then later = true else found[people[i]] = true end
    end
  end
  for _ in pairs(found) do count = count + 1 end
  unask(place, found)
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
  -- A place alone in a channel lies there; the channel is what lies among the direct messages.
  if among and not live then call('ZREM', P .. 'z:' .. (root or among), place) end
  for _, key in ipairs({'h:', 'o:', 'm:', 'a:', 'e:', 'g:', 'n:', 'c:', 'w:', 'p:'}) do call('DEL', P .. key .. place) end
  call('ZREM', P .. 'over', place)
  unsee(platform, place)
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
