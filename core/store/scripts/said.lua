-- The exchanges of A.place in their order, of A.person alone unless that is '': {{id, sealed...}, choices}.
local out = {}
for _, id in ipairs(call('ZRANGE', P .. 'o:' .. A.place, 0, -1)) do
  local people = call('HGET', P .. 'a:' .. A.place, id) or ''
  local sealed = (A.person == '' or string.find(people, A.person, 1, true)) and call('HGET', P .. 'h:' .. A.place, id)
  if sealed then
    out[#out + 1] = id
    out[#out + 1] = sealed
  end
end
return {out, call('HGETALL', P .. 'c:' .. A.place)}
