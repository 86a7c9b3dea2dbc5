-- Up to A.most places of A.person, or of A.place with those that lie in it, and their turns. A.alone: also these places, which
-- are the person's own. A.left: nobody needs what admins set there. A.days: of these their sums of usage go, under A.payer. A.wholly: what limits them goes as well.
-- Answers "turns exchanges places more", the same again to A.token.
local said = call('GET', P .. 'k:' .. A.token)
if said then return said end
even_when_full()
save_clock()
local turns, exchanges, places = 0, 0, 0

local function wipe(place)
  local some, more = erase_place(place, A.platform)
  if A.left then call('DEL', P .. 'i:' .. place) end
  turns, exchanges, places = turns + some, exchanges + more, places + 1
end

local function below(place)
  local z = P .. 'z:' .. place
  for _, child in ipairs(call('ZRANGE', z, 0, -1)) do
    if places >= A.most then return end
    below(child)
    if call('EXISTS', P .. 'z:' .. child) == 0 then
      wipe(child)
      call('ZREM', z, child)
    end
  end
end

-- What counts how often and how much: numbers under a pseudonym.
local function uncount(person)
  for _, place in ipairs(call('ZRANGE', P .. 'd:' .. person, 0, -1)) do
    local channel = channel_of(place)
    for _, of in ipairs({channel, person .. ':' .. channel}) do call('DEL', P .. 'r:' .. person .. ':' .. of) end
    call('DEL', P .. 'w:' .. person .. ':' .. channel)
  end
  for _, of in ipairs({'all', 'own', person}) do call('DEL', P .. 'r:' .. person .. ':' .. of) end
  for _, budget in ipairs({'all', 'own'}) do call('HDEL', P .. 'day:' .. A.today .. ':told', person .. ' ' .. budget) end
  call('DEL', P .. 'w:' .. person, P .. 'held:' .. person)
end

local more = false
if A.place ~= '' then
  below(A.place)
  more = call('EXISTS', P .. 'z:' .. A.place) == 1
  if not more then
    wipe(A.place)
    if A.around ~= '' then call('ZREM', P .. 'z:' .. A.around, A.place) end
  end
else
  if A.wholly then uncount(A.person) end
  for _, turn in ipairs(call('ZRANGE', P .. 'y:' .. A.person, 0, -1)) do turns = turns + erase_turn(turn) end
  local d = P .. 'd:' .. A.person
  for _, place in ipairs(A.alone) do call('ZADD', d, now, place) call('HSET', P .. 'p:' .. place, 'alone', 1) end
  for _, place in ipairs(call('ZRANGE', d, 0, A.most - 1)) do
    if call('HEXISTS', P .. 'p:' .. place, 'alone') == 1 then
      wipe(place)
    else
      exchanges, places = exchanges + erase_words(place, A.person), places + 1
    end
    call('ZREM', d, place)
  end
  more = call('EXISTS', d) == 1
  for _, day in ipairs(A.days) do
    for _, kind in ipairs({'n', 'x', 'c', 't', 'i', 'o', 'r', 'w'}) do
      call('HDEL', P .. 'day:' .. day .. ':person', A.payer .. ' ' .. kind)
    end
  end
end
said = string.format('%d %d %d %d', turns, exchanges, places, more and 1 or 0)
call('SET', P .. 'k:' .. A.token, said, 'PX', A.lease_ms)
return said
