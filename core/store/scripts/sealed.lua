-- What is sealed in A.key: {its place, or '' where each field is one, field, value...}; nothing when nobody can open it.
local kind, of = string.match(A.key, '^(%a):(.*)$')
local place = kind == 'x' and call('HGET', P .. 't:' .. of, 'place') or kind ~= 'x' and kind ~= 'v' and of or ''
if kind == 'x' and place == '' then return {} end
local out, found = {place}, call('HGETALL', P .. A.key)
for i = 1, #found, 2 do
  if found[i] ~= '#' then
    out[#out + 1] = found[i]
    out[#out + 1] = found[i + 1]
  end
end
return out
