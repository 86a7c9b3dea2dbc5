-- The exchanges of A.place in their order, and what was chosen there: {{id, sealed...}, choices}. Unless A.person is '',
-- of this person alone, and the choices only of a place of their own.
local out = {}
for _, id in ipairs(call('ZRANGE', P .. 'o:' .. A.place, 0, -1)) do
  local people = call('HGET', P .. 'a:' .. A.place, id) or ''
  local sealed = (A.person == '' or string.find(people, A.person, 1, true)) and call('HGET', P .. 'h:' .. A.place, id)
  if sealed then
    out[#out + 1] = id
    out[#out + 1] = sealed
  end
end
local is_told = A.person == '' or call('HGET', P .. 'p:' .. A.place, 'whose') == A.person
return {out, is_told and call('HGETALL', P .. 'c:' .. A.place) or {}}
