-- All is sealed with A.newest: older keys are not needed any more. Answers 0 when a process seals with another: it began after
-- us, or is at work since before us.
local meta, clock = P .. 'meta', P .. 'clock'
if call('HGET', meta, 'history') ~= A.newest then return 0 end
local found, gone = call('HGETALL', clock), {}
for i = 1, #found, 2 do
  if string.sub(found[i], 1, 5) == 'with:' and found[i] ~= 'with:' .. A.newest then
    if tonumber(found[i + 1]) + A.silence_ms > now then return 0 end
    gone[#gone + 1] = found[i]
  end
end
for _, field in ipairs(gone) do call('HDEL', clock, field) end
for _, field in ipairs(call('HKEYS', meta)) do
  if string.sub(field, 1, 6) == 'until:' then call('HDEL', meta, field) end
end
return 1
