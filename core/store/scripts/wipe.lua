-- These keys go, A.keys: what was accepted at A.before at the latest (0: now), and what it needed. A turn that is being
-- answered is stopped, and goes when it has ended. Answers "turns exchanges before keys", how many went, and how many keys
-- were looked at: the rest is for another call, so that none takes long. The same to A.token.
local said = call('GET', P .. 'k:' .. A.token)
if said then return said end
even_when_full()
save_clock()
local turns, exchanges, keys, work = 0, 0, 0, 0
local before = (A.before or 0) > 0 and A.before or now
local STAYS = {x = 1, q = 1, l = 1, k = 1, u = 1, b = 1, ready = 1, later = 1, over = 1}
local NEEDED = {h = 1, m = 1, a = 1, e = 1, g = 1, n = 1, p = 1, f = 1}

-- Whether a person asked later than that, or somebody did in a place: what these turns need stays. In y: the later ones are
-- behind all others but those that ended later.
local function is_asked(of)
  for _, turn in ipairs(call('ZREVRANGEBYSCORE', P .. 'y:' .. of, '+inf', string.format('(%.0f', before))) do
    work = work + 1
    if is_later(turn, before) then return true end
  end
  return false
end

-- Of a history in which something later may be.
local function leave_some_out(place)
  for _, id in ipairs(call('ZRANGE', P .. 'o:' .. place, 0, -1)) do
    work = work + 10
    if not is_later(id, before) then
      leave_out(place, id)
      exchanges = exchanges + 1
    end
  end
end

for _, key in ipairs(A.keys) do
  if work > A.most_work then break end
  keys, work = keys + 1, work + 1
  local kind, of = string.match(key, '^(%a+):?(.*)$')
  if kind == 't' then
    work = work + 20
    if not is_later(of, before) then turns = turns + erase_turn(of) end
  elseif kind == 'o' and is_asked(of) then
    leave_some_out(of)
  elseif kind == 'o' then
    exchanges = exchanges + call('ZCARD', P .. key)
    for _, half in ipairs({'o:', 'h:', 'm:', 'a:'}) do call('UNLINK', P .. half .. of) end
    call('ZREM', P .. 'over', of)
  elseif kind == 'y' or kind == 'd' or kind == 'z' or kind == 'done' then
    work = work + call('ZREMRANGEBYSCORE', P .. key, '-inf', before) / 10
    for _, turn in ipairs(kind == 'y' and call('ZRANGE', P .. key, 0, -1) or {}) do
      work = work + 1
      if not is_later(turn, before) then call('ZREM', P .. key, turn) end
    end
  elseif not STAYS[kind] and not (NEEDED[kind] and is_asked(of)) then
    call('UNLINK', P .. key)
  end
end
said = string.format('%d %d %.0f %d', turns, exchanges, before, keys)
call('SET', P .. 'k:' .. A.token, said, 'PX', A.lease_ms)
return said
