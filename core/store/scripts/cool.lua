-- A pause of calls to the model A.model, A.ms from now unless a longer one lasts; with 0 only a question. Answers all pauses
-- that last: {model, ms left, ...}.
local key = P .. 'cool'
if A.ms > 0 then
  local until_ms = math.max(now + A.ms, tonumber(call('HGET', key, A.model) or 0))
  save_clock()
  call('HSET', key, A.model, string.format('%.0f', until_ms))
  call('PEXPIRE', key, math.max(until_ms - now, call('PTTL', key)))
  call('PUBLISH', key, string.format('%s %.0f', A.model, until_ms - now))
end
local out, found = {}, call('HGETALL', key)
for i = 1, #found, 2 do
  local left = tonumber(found[i + 1]) - now
  if left > 0 then
    out[#out + 1] = found[i]
    out[#out + 1] = left
  end
end
return out
