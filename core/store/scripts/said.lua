-- The exchanges of A.place in their order, and what was chosen there: {{id, sealed...}, choices}. Unless A.person is '',
-- only what this person asked, and the choices of a place of their own. Who asked stands first; who is quoted is not told
-- what somebody else asks, maybe in private.
local out = {}
for _, id in ipairs(call('ZRANGE', P .. 'o:' .. A.place, 0, -1)) do
  local asker = string.match(call('HGET', P .. 'a:' .. A.place, id) or '', '^%x+')
  local sealed = (A.person == '' or asker == A.person) and call('HGET', P .. 'h:' .. A.place, id)
  if sealed then
    out[#out + 1] = id
    out[#out + 1] = sealed
  end
end
local is_told = A.person == '' or call('HGET', P .. 'p:' .. A.place, 'whose') == A.person
return {out, is_told and call('HGETALL', P .. 'c:' .. A.place) or {}}
