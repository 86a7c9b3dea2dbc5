-- These keys go, A.keys: what was accepted at A.before at the latest (0: now), and what it needed. A turn that is being
-- answered is stopped, and goes when it has ended. Answers "turns exchanges before", how many went; the same to A.token.
local said = call('GET', P .. 'k:' .. A.token)
if said then return said end
even_when_full()
save_clock()
local turns, exchanges = 0, 0
local before = (A.before or 0) > 0 and A.before or now
local STAYS = {x = 1, q = 1, l = 1, k = 1, u = 1, b = 1, ready = 1, later = 1}
local NEEDED = {h = 1, m = 1, a = 1, e = 1, g = 1, n = 1, p = 1, f = 1}

-- Whether a person asked later than that, or somebody did in a place: what these turns need stays.
local function is_asked(of)
  for _, turn in ipairs(call('ZRANGE', P .. 'y:' .. of, 0, -1)) do
    if is_later(turn, before) then return true end
  end
  return false
end

for _, key in ipairs(A.keys) do
  local kind, of = string.match(key, '^(%a+):?(.*)$')
  if kind == 't' then
    if not is_later(of, before) then turns = turns + erase_turn(of) end
  elseif kind == 'o' then
    for _, id in ipairs(call('ZRANGE', P .. key, 0, -1)) do
      if not is_later(id, before) then
        leave_out(of, id)
        exchanges = exchanges + 1
      end
    end
  elseif kind == 'y' then
    for _, turn in ipairs(call('ZRANGE', P .. key, 0, -1)) do
      if not is_later(turn, before) then call('ZREM', P .. key, turn) end
    end
  elseif kind == 'd' or kind == 'z' or kind == 'done' then
    call('ZREMRANGEBYSCORE', P .. key, '-inf', before)
  elseif not STAYS[kind] and not (NEEDED[kind] and is_asked(of)) then
    call('DEL', P .. key)
  end
end
said = string.format('%d %d %.0f', turns, exchanges, before)
call('SET', P .. 'k:' .. A.token, said, 'PX', A.lease_ms)
return said
