-- What was used on each of A.days, as {{"who field", sum, ...}, ...}: by A.by, of A.who or of all when it is ''.
local out, fields = {}, {}
for i, kind in ipairs({'n', 'x', 'c', 't', 'i', 'o', 'r', 'w'}) do fields[i] = A.who .. ' ' .. kind end
for d, day in ipairs(A.days) do
  local key = P .. 'day:' .. day .. (A.by ~= '' and ':' .. A.by or '')
  if A.who == '' then
    out[d] = call('HGETALL', key)
  else
    out[d] = {}
    for i, sum in ipairs(call('HMGET', key, unpack(fields))) do
      if sum then
        out[d][#out[d] + 1] = fields[i]
        out[d][#out[d] + 1] = sum
      end
    end
  end
end
return out
