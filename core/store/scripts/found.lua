-- What A.whose, a person or a place, has: {{place...}, {turn, place, state, m, e, s, f...}}; the places by A.index, '' for none.
-- A.shared: not those that are one person's alone.
local places, turns = {}, {}
for _, place in ipairs(A.index ~= '' and call('ZRANGE', P .. A.index .. A.whose, 0, -1) or {}) do
  if not (A.shared and call('HEXISTS', P .. 'p:' .. place, 'alone') == 1) then places[#places + 1] = place end
end
for _, turn in ipairs(call('ZRANGE', P .. 'y:' .. A.whose, 0, -1)) do
  local st, place, author = unpack(call('HMGET', P .. 't:' .. turn, 'st', 'place', 'author'))
  if A.whose == place or A.whose == author then -- or it is somebody else's, who quotes them
    local x = call('HMGET', P .. 'x:' .. turn, 'm', 'e', 's', 'f')
    for _, word in ipairs({turn, place, st, x[1] or '', x[2] or '', x[3] or '', x[4] or ''}) do turns[#turns + 1] = word end
  end
end
return {places, turns}
