-- A message at the door. ARGV[3] is the message, ARGV[4...] the sightings of A.seen, all sealed.
-- A.exempt: its person is told of everybody's budget, too.
-- Answers "outcome ahead full window wait reason notice...", or "day ms" when A.day is not today.
local t, x = P .. 't:' .. A.turn, P .. 'x:' .. A.turn
local known = call('HMGET', t, 'st', 'tok', 'said')
if known[1] and known[1] ~= 'did' then -- a command that was edited is a question by now
  return known[2] == A.token and known[3] or 'seen 0 0 0 0'
end
-- A thread may have been begun from an answer of ours: then it grew from the question of that, and we take part in it, unless
-- we were sent out. For as long as that exchange is kept: e: of a busy channel lives longer.
local joined, grown, left = unpack(call('HMGET', P .. 'p:' .. A.place, 'joined', 'grown', 'left'))
local is_ours = A.direct or joined
if A.rt ~= '' and not grown then
  local of, o, m = call('HGET', P .. 'e:' .. A.root, A.rt), P .. 'o:' .. A.root, P .. 'm:' .. A.root
  local at = of and (call('ZSCORE', o, of) or call('ZSCORE', m, of))
  if at and tonumber(at) > now - A.history_ms then grown, is_ours = of, is_ours or not left end
end
if not is_ours then return 'passed 0 0 0 0' end
A.rt = grown or A.rt

local tomorrow = another_day()
if tomorrow then return tomorrow end

save_clock()
notice_start()
local s, v = P .. 's:' .. A.platform, P .. 'v:' .. A.platform
for i, seen in ipairs(A.seen) do
  if seen[2] >= tonumber(call('ZSCORE', s, seen[1]) or 0) then
    call('ZADD', s, seen[2], seen[1])
    call('HSET', v, seen[1], ARGV[3 + i])
  end
end
local old = call('ZRANGEBYSCORE', s, '-inf', A.order - A.seen_ms * 1000, 'LIMIT', 0, 100)
local surplus = call('ZCARD', s) - A.most_seen
for _, place in ipairs(surplus > 0 and call('ZRANGE', s, 0, surplus - 1) or old) do
  call('ZREM', s, place)
  call('HDEL', v, place)
end
call('PEXPIRE', s, A.seen_ms)
call('PEXPIRE', v, A.seen_ms)

local spent, near = broke()
local logs = counted()
local wait, which, of = over(logs)
-- One question of each person is held back until there is room, when that is soon.
local held = not spent and wait > 0 and wait <= A.patience and tonumber(call('GET', P .. 'held:' .. A.author) or 0) <= now
local full = not spent and (wait == 0 or held) and call('ZCARD', P .. 'q:' .. A.line) >= A.most_queued
if spent or full or (wait > 0 and not held) then
  local why = '-'
  if spent then
    wait, which, why = A.day[3] - raw, '0', spent
    if told_before(spent, wait) then why = why .. ' again' end
  elseif full then
    wait, which = 0, '0'
  else
    why = '-' .. here(of) .. (told_before(of, wait) and ' again' or '')
  end
  local said = string.format('told 0 %d %s %.0f %s', full and 1 or 0, which, wait, why)
  call('HSET', t, 'st', 'told', 'tok', A.token, 'said', said)
  call('PEXPIRE', t, A.tombstone_ms)
  return said
end

charge(logs, A.turn, now + wait)
local ahead = 0
if held then
  call('ZADD', P .. 'later:' .. A.pool, now + wait, A.turn)
  call('PEXPIRE', P .. 'later:' .. A.pool, A.record_ms)
  call('SET', P .. 'held:' .. A.author, string.format('%.0f', now + wait), 'PX', string.format('%.0f', wait))
  has_work(A.pool)
else
  ahead = enqueue(A.pool, A.line, A.turn, A.order)
end
if A.rt ~= '' and call('HGET', P .. 't:' .. A.rt, 'st') == 'q' then ahead = ahead + 1 end
local said = string.format('accepted %d 0 %s %.0f %s', ahead, which, wait, held and 'held' .. here(of) or '-')
for _, budget in ipairs(near) do
  local notices = P .. 'day:' .. A.day[1] .. ':told'
  if (budget == 'own' or A.exempt) and call('HSETNX', notices, A.author .. ' ' .. budget, 1) == 1 then
    call('PEXPIRE', notices, A.seen_ms)
    said = said .. ' ' .. budget
  end
end
call('HSET', t, 'st', 'q', 'tok', A.token, 'said', said, 'pf', A.pool, 'line', A.line, 'place', A.place,
  'root', A.root, 'rt', A.rt, 'fl', A.fl, 'author', A.author, 'order', A.order, 'at', now, 'a', 0)
call('HSET', x, 'm', ARGV[3])
call('PEXPIRE', t, A.record_ms)
call('PEXPIRE', x, A.record_ms)
call('HSET', P .. 'p:' .. A.joins, 'joined', 1)
call('HDEL', P .. 'p:' .. A.joins, 'left')
call('PEXPIRE', P .. 'p:' .. A.joins, A.place_ms)
if A.joins ~= A.place then call('HSET', t, 'below', A.joins) end
if A.root ~= '' then call('HSET', P .. 'p:' .. A.place, 'root', A.root) end
if grown and call('HSETNX', P .. 'p:' .. A.place, 'grown', grown) == 1 then
  call('HSET', P .. 'e:' .. A.root, 'below ' .. grown, A.place)
end
if not A.alone then call('HSET', P .. 'p:' .. A.place, 'space', A.within[#A.within][2]) end
lies_as_told()
keep_known(A.place)
if A.quoted ~= '' then call('HSET', t, 'quoted', A.quoted) end
belongs(A.turn, A.author, A.place, A.quoted)
is_in(A.author, A.place)
wake()
return said
