-- What was used on the day A.on, as {"who field", sum, ...}: by A.by, of A.who or of all when it is ''.
local key = P .. 'day:' .. A.on .. (A.by ~= '' and ':' .. A.by or '')
if A.who == '' then return call('HGETALL', key) end
local out, fields = {}, {}
for i, kind in ipairs({'n', 'x', 'c', 't', 'i', 'o', 'r', 'w'}) do fields[i] = A.who .. ' ' .. kind end
for i, sum in ipairs(call('HMGET', key, unpack(fields))) do
  if sum then
    out[#out + 1] = fields[i]
    out[#out + 1] = sum
  end
end
return out
