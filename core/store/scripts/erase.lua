-- Up to A.most places of A.person, or of A.place, if A.below with those that lie in it, and their turns, of what was
-- accepted at A.before at the latest (0: A.ago ms ago). A.again: there was a trip before this one. A.alone: also these
-- places, which are the person's own. A.left: nobody needs what admins set there. A.days: of these their sums of usage go,
-- under A.payer. A.wholly: what limits them goes as well; else the sums of A.today go when that A.ends. Answers "turns
-- exchanges places before more anything", the same again to A.token; anything: also counters, usage and choices.
local said = call('GET', P .. 'k:' .. A.token)
if said then return said end
even_when_full()
save_clock()
local turns, exchanges, places, more, room, gone_too = 0, 0, 0, false, A.most, 0
local before = A.before > 0 and A.before or now - A.ago

-- Counters, usage and choices that go are anything, too.
local function drop(command, ...)
  gone_too = gone_too + call(command, ...)
end

-- `is_after`: something happened there later, or it goes on; then an earlier trip of the same erasure has counted it.
local function wipe(place, is_after)
  gone_too = gone_too + call('EXISTS', P .. 'c:' .. place)
  local some, most, later, live = erase_place(place, A.platform, before)
  if A.left and not later then drop('DEL', P .. 'i:' .. place) end
  if not (A.again and is_after and (live or some + most == 0)) then
    turns, exchanges, places = turns + some, exchanges + most, places + 1
  end
  return later, live
end

-- Of z, in which it lies, if it is known. It is found again there while something is left of it, but not by this erasure's next trip.
local function wipe_in(z, child, is_after)
  local later, live = wipe(child, is_after)
  if not z then return end
  if later or live or call('EXISTS', P .. 'z:' .. child) == 1 then
    call('ZADD', z, 'XX', 'GT', before + 1, child)
  else
    call('ZREM', z, child)
  end
end

local function below(place)
  local z = P .. 'z:' .. place
  for _, child in ipairs(call('ZRANGEBYSCORE', z, string.format('(%.0f', before), '+inf')) do
    below(child)
    wipe_in(z, child, true)
  end
  for _, child in ipairs(call('ZRANGEBYSCORE', z, '-inf', before)) do
    if room <= 0 then
      more = true
      return
    end
    below(child)
    if call('ZCOUNT', P .. 'z:' .. child, '-inf', before) == 0 then
      wipe_in(z, child)
      room = room - 1
    end
  end
end

-- What counts how often and how much: numbers under a pseudonym.
local function uncount(person)
  for _, place in ipairs(call('ZRANGE', P .. 'd:' .. person, 0, -1)) do
    local channel = channel_of(place)
    for _, of in ipairs({channel, person .. ':' .. channel}) do drop('DEL', P .. 'r:' .. person .. ':' .. of) end
    drop('DEL', P .. 'w:' .. person .. ':' .. channel)
  end
  for _, of in ipairs({'all', 'own', person}) do drop('DEL', P .. 'r:' .. person .. ':' .. of) end
  for _, budget in ipairs({'all', 'own'}) do drop('HDEL', P .. 'day:' .. A.today .. ':told', person .. ' ' .. budget) end
  drop('DEL', P .. 'w:' .. person, P .. 'held:' .. person)
end

-- What is being answered may have their words, heard in a thread or read by a tool: commit.lua will know.
local function keep_out_of_answers(person)
  for _, pool in ipairs(call('SMEMBERS', P .. 'platforms')) do
    for _, line in ipairs(call('ZRANGE', P .. 'ready:' .. pool, 0, -1)) do
      local turn = call('HGET', P .. 'l:' .. line, 'cur')
      local t = P .. 't:' .. (turn or '')
      if turn and call('EXISTS', t) == 1 then
        local without = call('HGET', t, 'without') or ''
        if not string.find(without, person, 1, true) then call('HSET', t, 'without', without .. ' ' .. person) end
      end
    end
  end
end

-- What somebody used today holds them to their budget until the day ends.
local function leave_with_the_day(payer)
  local from, to = unpack(sums_of(A.today, 'person'))
  for _, field in ipairs(sums_fields(payer)) do
    local sum = call('HGET', from, field)
    if sum then call('HINCRBY', to, field, sum) end
  end
  call('HDEL', from, unpack(sums_fields(payer)))
  call('PEXPIRE', to, string.format('%.0f', math.max(1, A.ends - raw)))
end

if A.place ~= '' then
  if A.below then below(A.place) end
  if not more then wipe_in(A.around ~= '' and P .. 'z:' .. A.around, A.place) end
else
  if A.wholly then uncount(A.person) end
  if A.before == 0 then keep_out_of_answers(A.person) end
  for _, turn in ipairs(call('ZRANGE', P .. 'y:' .. A.person, 0, -1)) do
    if not is_later(turn, before) then turns = turns + erase_turn(turn, A.person) end
  end
  local d = P .. 'd:' .. A.person
  for _, place in ipairs(A.alone) do
    call('ZADD', d, now, place)
    for field, value in pairs({alone = 1, whose = A.person}) do call('HSETNX', P .. 'p:' .. place, field, value) end
  end
  more = call('ZCARD', d) > A.most
  for _, place in ipairs(call('ZRANGE', d, 0, A.most - 1)) do
    local later
    local alone, whose = unpack(call('HMGET', P .. 'p:' .. place, 'alone', 'whose'))
    if alone and (not whose or whose == A.person) then -- where they are quoted somebody else may be alone
      later = wipe(place)
    else
      local some
      some, later = erase_words(place, A.person, before)
      exchanges, places = exchanges + some, places + 1
    end
    call('ZREM', d, place)
    if later then is_in(A.person, place) end
  end
  for _, day in ipairs(A.days) do
    for _, key in ipairs(sums_of(day, 'person')) do drop('HDEL', key, unpack(sums_fields(A.payer))) end
  end
  if not A.wholly then leave_with_the_day(A.payer) end
end
local anything = turns + exchanges + gone_too > 0 or A.place == '' and places > 0
said = string.format('%d %d %d %.0f %d %d', turns, exchanges, places, before, more and 1 or 0, anything and 1 or 0)
call('SET', P .. 'k:' .. A.token, said, 'PX', A.lease_ms)
return said
