-- What was used on each of A.days, as {{"who field", sum, ...}, ...}: by A.by, of A.who or of all when it is ''. A field that
-- is there twice has two parts.
local out, fields = {}, sums_fields(A.who)
local function add(found, field, sum)
  found[#found + 1] = field
  found[#found + 1] = sum
end
for d, day in ipairs(A.days) do
  out[d] = {}
  for _, key in ipairs(sums_of(day, A.by)) do
    local sums = A.who ~= '' and call('HMGET', key, unpack(fields)) or call('HGETALL', key)
    for i = 1, #sums, A.who ~= '' and 1 or 2 do
      if A.who == '' then
        add(out[d], sums[i], sums[i + 1])
      elseif sums[i] then
        add(out[d], fields[i], sums[i])
      end
    end
  end
end
return out
