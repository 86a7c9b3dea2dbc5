-- All is sealed with A.newest: older keys are not needed any more. Answers 0 when a process seals with another: it began after
-- us, or is at work since before us. A.begin: nothing is sealed anew yet; where no process seals with another, the older ones
-- are needed from now on, until all is.
local meta, clock = P .. 'meta', P .. 'clock'
local newest = call('HGET', meta, 'history')
if newest ~= A.newest and not A.begin then return 0 end
local found, gone = call('HGETALL', clock), {}
for i = 1, #found, 2 do
  if string.sub(found[i], 1, 5) == 'with:' and found[i] ~= 'with:' .. A.newest then
    if tonumber(found[i + 1]) + A.silence_ms > now then return 0 end
    gone[#gone + 1] = found[i]
  end
end
if A.begin then
  even_when_full()
  if newest ~= A.newest then call('HSET', meta, 'until:' .. newest, 'inf', 'history', A.newest) end
  call('HDEL', meta, 'until:' .. A.newest)
  return 1
end
for _, field in ipairs(gone) do call('HDEL', clock, field) end
for _, field in ipairs(call('HKEYS', meta)) do
  if string.sub(field, 1, 6) == 'until:' then call('HDEL', meta, field) end
end
return 1
